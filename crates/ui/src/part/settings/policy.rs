//! The attribution policy: what holds, another one with a preview of what it would move, and every version so far.

use engine::credit::Model;
use leptos::{ev::SubmitEvent, html, prelude::*};
use wasm_bindgen::JsValue;
use wire::{path, policy::AddPolicy};

use super::{NOW, beginnings, choices, field, moment, sheet::fill};
use crate::{
    filters::Filters,
    json::{Json, nested},
    page::query,
    part::{
        compare::{Question as Comparison, outcome},
        confirm::{Dialog, Question},
        form::{Field, Kind, put, rows, shown, signs, stands, tell, typed, whys},
        server::{Asked, Told, ask},
    },
    state::{Ctx, Shared, Store},
};

/// The kinds of revenue: the field of a model, that of a window, and the name.
const RULES: [(&str, &str, &str); 3] = [
    ("new.model", "new.window", "New business"),
    ("renewal.model", "renewal.window", "Renewals"),
    ("expansion.model", "expansion.window", "Expansions"),
];

/// A version as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    number: i64,
    since: String,
    rules: [String; 3],
    claims: String,
}

#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    /// The newest version, as the server wrote it.
    newest: StoredValue<Json, LocalStorage>,
    versions: StoredValue<Vec<Version>>,
    changed: RwSignal<()>,
    /// What is typed, where it differs from the newest version.
    draft: RwSignal<String>,
    dialog: Dialog,
    told: Told,
    store: Store,
}

/// The policy.
#[component]
pub fn PolicySection(
    /// What is asked anew once another policy holds.
    store: Store,
) -> impl IntoView {
    let ctx = Ctx::get();
    let board = Board {
        ctx,
        newest: StoredValue::new_local(Json::of(JsValue::NULL)),
        versions: StoredValue::new(Vec::new()),
        changed: RwSignal::new(()),
        draft: RwSignal::new(String::new()),
        dialog: Dialog::closed(),
        told: Told::nothing(),
        store,
    };
    let asked = Asked::by(move |asked| {
        ask("GET", path::POLICIES.to_owned(), String::new(), move |answer| match answer {
            Ok(said) => {
                let found = said.list();
                if let Some(newest) = found.iter().max_by_key(|said| said.number("version")) {
                    board.newest.try_set_value(newest.clone());
                }
                board.versions.try_set_value(found.iter().rev().map(|said| version(ctx, said)).collect());
                board.changed.try_set(());
                asked.came();
            }
            Err(refusal) => asked.failed(refusal),
        });
    });
    let question = Memo::new(move |_| {
        let draft = board.draft.get();
        let currency = ctx.loaded.with(|loaded| ctx.filters.with(|f| loaded.currency(f)));
        let currency = ctx.loaded.with(|loaded| loaded.log.currencies.get(currency as usize).copied());
        let whole = query(&Filters { currency, ..Filters::default() });
        (!draft.is_empty()).then(|| Comparison { first: whole.clone(), second: whole, draft })
    });
    view! {
        {board.told.show()}
        {asked.show(move || view! {
            {editor(board)}
            <section class="panel compare" aria-labelledby="h-effect">
                <h2 id="h-effect">"What would move"</h2>
                {outcome(question, "Change a rule above: what it would have moved is computed here, and nothing is saved before you say so.")}
            </section>
            {history(board)}
        })}
        {board.dialog.show(asked)}
    }
}

/// A model by its word; its name on the page.
fn model_name(word: &str) -> String {
    Model::from_word(word).map_or_else(|| word.to_owned(), |model| model.label().to_owned())
}

fn version(ctx: Ctx, said: &Json) -> Version {
    let rule = |name: &str| {
        let rule = said.get(name);
        format!("{}, {} days", model_name(&rule.text("model")), rule.number("window").unwrap_or(0))
    };
    let claims: Vec<String> = said.get("precedence").list().iter().filter_map(Json::own_text).collect();
    let since = said.text("since");
    Version {
        number: said.number("version").unwrap_or(0),
        since: if since.starts_with("1970-01-01") { "The first sale".to_owned() } else { moment(ctx, &since) },
        rules: [rule("new"), rule("renewal"), rule("expansion")],
        claims: claims.join(", "),
    }
}

fn fields(ctx: Ctx) -> Vec<Field> {
    let models = || Model::ALL.map(|model| (model.word().to_owned(), model.label().to_owned())).to_vec();
    let labels = [
        ("New business: model", "New business: window in days"),
        ("Renewals: model", "Renewals: window in days"),
        ("Expansions: model", "Expansions: window in days"),
    ];
    let mut fields = Vec::new();
    for ((model, window, _), (model_label, window_label)) in RULES.into_iter().zip(labels) {
        fields.push(field(model, model_label, "", Kind::Choice(models()), 30));
        fields.push(field(window, window_label, "How far back a touch may lie: 1 to 3650", Kind::Count, 4));
    }
    let orders = choices([
        ("deal,coupon,link", "Registered deal, then coupon, then link"),
        ("deal,link,coupon", "Registered deal, then link, then coupon"),
        ("coupon,deal,link", "Coupon, then registered deal, then link"),
        ("coupon,link,deal", "Coupon, then link, then registered deal"),
        ("link,deal,coupon", "Link, then registered deal, then coupon"),
        ("link,coupon,deal", "Link, then coupon, then registered deal"),
    ]);
    let direct = choices([("untagged", "A visit that nothing brought"), ("no_partner", "Any visit without a partner")]);
    let hint = "For the model that passes over direct visits";
    fields.extend([
        field("precedence", "Where partners disagree, what decides", "", Kind::Order(orders), 30),
        field("direct", "A direct visit is", hint, Kind::Choice(direct), 20),
        field(
            "collapse",
            "Repeats count once within, in seconds",
            "Of one partner and kind: 0 to 86400",
            Kind::Count,
            5,
        ),
        field("since", "It holds from", "A closed month stays as it is", Kind::Choice(beginnings(ctx)), 40),
    ]);
    fields
}

/// What is typed as the server takes it; or what is wrong.
fn drafted(board: Board, pairs: Vec<(&str, JsValue)>) -> Result<String, (String, String)> {
    let mut pairs: Vec<_> = pairs
        .into_iter()
        .filter(|(name, value)| *name != "since" || value.as_string().as_deref() != Some(NOW))
        .collect();
    let seen = board.newest.with_value(|newest| newest.number("version")).unwrap_or(0);
    pairs.push(("version", JsValue::from_f64(seen as f64)));
    let draft = nested(&pairs);
    // The server's own rules, before it is asked.
    let sent: Option<AddPolicy> = Json::read(&draft).and_then(|draft| draft.typed());
    let (newest, now) = board.ctx.loaded.with_untracked(|loaded| (*loaded.head.policies.latest(), loaded.head.now));
    match sent.map(|sent| sent.policy(&newest, now)) {
        Some(Err(fault)) => Err((fault.field.to_owned(), fault.rule)),
        _ => Ok(draft),
    }
}

/// The rules, to change.
fn editor(board: Board) -> AnyView {
    let ctx = board.ctx;
    let fields = Shared::new(fields(ctx));
    let whys = whys(&fields);
    let element = NodeRef::<html::Form>::new();
    let before = StoredValue::new_local(Json::of(JsValue::NULL));
    let signs = signs();
    let read = {
        let fields = fields.clone();
        move || -> Option<Result<String, Vec<(&'static str, String)>>> {
            let form = element.get_untracked()?;
            Some(typed(&fields, &form, &signs).and_then(|pairs| {
                drafted(board, pairs).map_err(|(field, rule)| {
                    let name = fields.iter().map(|known| known.name).find(|name| *name == field).unwrap_or("");
                    vec![(name, rule)]
                })
            }))
        }
    };
    // Whether anything differs from the newest version but when it begins.
    let differs = {
        let fields = fields.clone();
        move || {
            element.get_untracked().is_some_and(|form| {
                board.newest.with_value(|newest| {
                    let rules = fields.iter().filter(|field| field.name != "since");
                    rules.clone().any(|field| stands(&form, field) != shown(newest, field))
                })
            })
        }
    };
    let look = {
        let (read, differs, whys) = (read.clone(), differs.clone(), whys.clone());
        move || match read() {
            Some(Ok(draft)) => {
                whys.iter().for_each(|(_, why)| why.set(String::new()));
                board.draft.set(if differs() { draft } else { String::new() });
            }
            Some(Err(faults)) => {
                for (name, why) in &whys {
                    let fault = faults.iter().find(|(of, _)| of == name).map(|(_, fault)| fault.clone());
                    why.set(fault.unwrap_or_default());
                }
                board.draft.set(String::new());
            }
            None => {}
        }
    };
    Effect::new({
        let (fields, whys, look) = (fields.clone(), whys.clone(), look.clone());
        move |_| {
            board.changed.track();
            let Some(form) = element.get() else { return };
            let is_first = before.with_value(|before| before.number("version")).is_none();
            board.newest.with_value(|now| {
                before.with_value(|before| fill(&form, &fields, &whys, before, now));
                before.set_value(now.clone());
            });
            for field in fields.iter().filter(|field| field.name == "since" && is_first) {
                put(&form, field, NOW);
            }
            if is_first {
                adopt(ctx, &form, &fields);
            }
            look();
        }
    });
    let submit = {
        let (whys, look) = (whys.clone(), look.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            look();
            let Some(form) = element.get_untracked() else { return };
            match read() {
                Some(Ok(draft)) if differs() => board.dialog.ask(question(board, draft)),
                Some(Ok(_)) => {
                    tell(&whys, &form, &vec![("", "Nothing differs from the policy that holds.".to_owned())]);
                }
                Some(Err(faults)) => tell(&whys, &form, &faults),
                None => {}
            }
        }
    };
    let rows = rows(&fields, &whys);
    let whole = whys.last().map(|(_, why)| *why);
    view! {
        <section class="panel" aria-labelledby="h-policy">
            <h2 id="h-policy">"Attribution policy"</h2>
            <p class="quiet-text">
                "How credit for revenue is divided among the touches that led to it. Statements follow the policy; every switch \
                 of a model elsewhere only looks."
            </p>
            <form class="typed policy" novalidate autocomplete="off" node_ref=element on:submit=submit on:change=move |_| look()>
                {rows}
                <p class="fault whole" role="alert">{whole}</p>
                <div class="acts whole"><button type="submit" class="strong">"Save as a new version…"</button></div>
            </form>
        </section>
    }
    .into_any()
}

/// Takes over the model and the window that were held against the policy elsewhere.
fn adopt(ctx: Ctx, form: &web_sys::Element, fields: &[Field]) {
    let (model, window) = ctx.filters.with_untracked(|filters| (filters.with, filters.with_window));
    for field in fields {
        if let Some(model) = model.filter(|_| field.name.ends_with(".model")) {
            put(form, field, model.word());
        }
        if let Some(window) = window.filter(|_| field.name.ends_with(".window")) {
            put(form, field, &window.length().to_string());
        }
    }
}

fn question(board: Board, draft: String) -> Question {
    let number = board.newest.with_value(|newest| newest.number("version")).unwrap_or(0) + 1;
    Question {
        title: format!("Save this policy as version {number}?"),
        text: "Sales from its beginning on are judged by it, and so are the statements of months that are open. Months that \
               are closed stay as they are.",
        yes: "Save the policy",
        method: "POST",
        path: path::POLICIES.to_owned(),
        sent: draft,
        fields: Vec::new(),
        late: "The policy is saved.",
        done: Box::new(move |said| {
            let version = version(board.ctx, said);
            board.told.tell(format!("Version {} of the policy holds from {} on.", version.number, version.since), None);
            board.newest.set_value(said.clone());
            board.versions.update_value(|versions| versions.insert(0, version));
            // What was compared is the policy now.
            board.ctx.ask(|filters| (filters.with, filters.with_window) = (None, None));
            board.changed.set(());
            board.store.fetch();
        }),
    }
}

/// Every version so far.
fn history(board: Board) -> AnyView {
    board.changed.track();
    let head = |title: &'static str| view! { <th role="columnheader" scope="col">{title}</th> };
    let row = |version: &Version| {
        let rules = version.rules.clone();
        let cell = |((_, _, name), rule): ((&str, &str, &'static str), String)| {
            view! { <td role="cell" data-label=name>{rule}</td> }
        };
        view! {
            <tr role="row" data-version=version.number>
                <td role="cell" class="lead">{format!("Version {}", version.number)}</td>
                <td role="cell" data-label="From">{version.since.clone()}</td>
                {RULES.into_iter().zip(rules).map(cell).collect_view()}
                <td role="cell" data-label="Decides first">{version.claims.clone()}</td>
            </tr>
        }
    };
    let rows = board.versions.with_value(|versions| versions.iter().map(row).collect_view());
    view! {
        <section class="panel" aria-labelledby="h-versions">
            <h2 id="h-versions">"Versions"</h2>
            <table class="cards kept" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        {["Version", "From"].map(head)}
                        {RULES.map(|(_, _, name)| head(name))}
                        {head("Decides first")}
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}
