//! Coupons: whose each is, when and for what it holds, how often it was redeemed, and what it brought.
//!
//! | module | charter |
//! |---|---|
//! | [`change`] | making, changing and taking back, each once whatever becomes of an answer |
//! | [`many`] | a pasted list of coupons |
//! | [`one`] | the form of one coupon |

mod change;
mod many;
mod one;

use std::collections::BTreeMap;

use engine::{kpi::By, time::Time};
use leptos::{prelude::*, task::spawn_local};
use wire::path;

use super::{
    download::DownloadButton,
    flag, live, named, press,
    server::{self, Asked, Told},
    switches::{RangeSwitch, Switches, choice},
    text, when,
};
use crate::{
    json::Json,
    model::{
        coupon::{self, Coupon, Known, Standing},
        csv::units,
        words::plural,
    },
    state::{Ctx, Shared},
};
use change::Undo;

/// Rows that are shown at first, and added at a time.
const PAGE: usize = 50;
/// What stands for a day or a product that there is not.
const NONE: &str = "–";
/// Columns of the table.
const COLUMNS: [&str; 7] = ["Code", "Partner", "State", "Holds", "Products", "Uses", "Attributed revenue"];

/// How often a coupon was redeemed, and what it was credited with, minor units.
type Came = BTreeMap<String, (u64, i64)>;

/// What this place holds.
#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    known: RwSignal<Shared<Known>>,
    /// What the report says of each, by its code.
    came: Memo<Shared<Came>>,
    sought: RwSignal<String>,
    /// The word of the state whose coupons are shown; empty for all.
    state: RwSignal<String>,
    shown: RwSignal<usize>,
    /// The coupon that is changed; none while a new one is written.
    edited: RwSignal<Option<Coupon>>,
    /// Which sheet is open: `one`, `many`, or none.
    sheet: RwSignal<&'static str>,
    /// How what was done last is undone.
    undo: RwSignal<Vec<Undo>>,
    /// What is done, how far it is, and how far it goes; while something is under way.
    progress: RwSignal<Option<(&'static str, usize, usize)>>,
    told: Told,
}

impl Board {
    fn new() -> Self {
        let ctx = Ctx::get();
        let came = Memo::new(move |_| {
            let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
            let code = |row: &u32| loaded.log.coupons.get(*row as usize).cloned();
            let mut came = Came::new();
            for (row, uses) in report.redemptions(&loaded.log) {
                if let Some(code) = code(&row) {
                    came.entry(code).or_default().0 = uses;
                }
            }
            for (row, results) in report.results(&loaded.log, &loaded.journeys, By::Coupon) {
                if let Some(code) = code(&row) {
                    came.entry(code).or_default().1 = results.credit;
                }
            }
            Shared::new(came)
        });
        Self {
            ctx,
            known: RwSignal::new(Shared::new(Known::default())),
            came,
            sought: RwSignal::new(String::new()),
            state: RwSignal::new(String::new()),
            shown: RwSignal::new(PAGE),
            edited: RwSignal::new(None),
            sheet: RwSignal::new(""),
            undo: RwSignal::new(Vec::new()),
            progress: RwSignal::new(None),
            told: Told::nothing(),
        }
    }

    fn now(self) -> Time {
        self.ctx.loaded.with(|loaded| loaded.head.now).max(Time((js_sys::Date::now() / 1000.0) as u32))
    }

    fn is_busy(self) -> bool {
        self.progress.with(Option::is_some)
    }

    /// The coupons that are looked for, in the order of the server: the newest first.
    fn found(self) -> Vec<Coupon> {
        let (now, known) = (self.now(), self.known.get());
        let (sought, state) = (self.sought.get(), self.state.get());
        let partner = self.ctx.asked.with(|filters| filters.partner.clone());
        let is_found = |coupon: &&Coupon| {
            partner.as_ref().is_none_or(|partner| coupon.partner == *partner)
                && (state.is_empty() || coupon.standing(now).word() == state)
                && coupon.is_like(&sought, known.name_of(&coupon.partner))
        };
        known.coupons.iter().filter(is_found).cloned().collect()
    }

    /// An amount of the report's currency; none while no currency is known.
    fn money(self, minor: i64) -> String {
        let has_currency = self.ctx.loaded.with(|loaded| !loaded.log.currencies.is_empty());
        if has_currency { self.ctx.money(minor) } else { NONE.to_owned() }
    }
}

/// The coupons.
#[component]
pub fn Coupons() -> impl IntoView {
    let board = Board::new();
    let asked = Asked::by(move |asked| {
        spawn_local(async move {
            match load(board).await {
                Ok(()) => asked.came(),
                Err(refusal) => asked.failed(refusal),
            }
        });
    });
    let opener = move |sheet: &'static str, title: &'static str, class: &'static str| {
        let turn = move || {
            board.edited.set(None);
            board.sheet.update(|open| *open = if *open == sheet { "" } else { sheet });
        };
        view! {
            <button
                type="button"
                class=class
                aria-expanded=text(move || (board.sheet.get() == sheet && board.edited.with(Option::is_none)).to_string())
                on:click=press(turn)
            >
                {title}
            </button>
        }
    };
    let openers = move || view! { {opener("many", "Paste a list", "quiet")} {opener("one", "New coupon", "strong")} };
    let is_here = Memo::new(move |_| board.known.with(|known| !known.partners.is_empty()));
    view! {
        <div class="asking"><RangeSwitch beside=false/><Switches/></div>
        <div class="opener acts">{when(move || is_here.get(), openers)}</div>
        {board.told.show()}
        {when(move || board.undo.with(|undo| !undo.is_empty()), move || undo_button(board, asked))}
        {live(move || {
            // Whoever edits another one has that one's form.
            let of = board.edited.get();
            (board.sheet.get() == "one").then(|| one::show(board, asked, of))
        })}
        {when(move || board.sheet.get() == "many", move || many::show(board, asked))}
        <section class="panel" aria-labelledby="h-coupons">
            <h2 id="h-coupons">"Coupons"</h2>
            {tools(board)}
            {asked.show(move || table(board))}
        </section>
    }
}

async fn load(board: Board) -> Result<(), crate::api::Refusal> {
    let partners = named::partners(&[]).await?;
    let coupons = server::all(path::COUPONS).await?.iter().map(read).collect();
    if let Some(zone) = board.ctx.loaded.try_with_untracked(|loaded| loaded.head.zone.clone()) {
        board.known.try_set(Shared::new(Known { partners, coupons, zone }));
    }
    Ok(())
}

/// A coupon as the server writes it.
fn read(said: &Json) -> Coupon {
    // To the second, as times are written here.
    let time = |name: &str| said.text(name).replace(".000Z", "Z");
    Coupon {
        code: said.text("code"),
        partner: said.text("partnerId"),
        starts_at: time("startsAt"),
        ends_at: time("endsAt"),
        products: said.get("products").list().iter().filter_map(Json::own_text).collect(),
    }
}

fn undo_button(board: Board, asked: Asked) -> AnyView {
    view! {
        <div class="acts">
            <button
                type="button"
                class="quiet"
                aria-disabled=text(move || board.is_busy().to_string())
                on:click=press(move || change::undo(board, asked))
            >
                "Undo"
            </button>
        </div>
    }
    .into_any()
}

/// Finding, counting, and the file.
fn tools(board: Board) -> impl IntoView {
    let states = Standing::ALL.map(|(_, word, title)| view! { <option value=word>{title}</option> }).collect_view();
    let options = view! { <option value="">"All"</option> {states} }.into_any();
    let state = choice("State", "state", text(move || board.state.get()), move |state| board.state.set(state), options);
    let count = move || {
        let n = board.found().len();
        format!("{} {}", board.ctx.count(n as u64), plural(n, "coupon", "coupons"))
    };
    let csv = move || {
        untrack(|| {
            let (known, came, found) = (board.known.get(), board.came.get(), board.found());
            let currencies = board.ctx.loaded.with(|loaded| !loaded.log.currencies.is_empty());
            let currency = currencies.then(|| board.ctx.currency());
            let line = |coupon: &Coupon| came.get(&coupon.code).copied().unwrap_or_default();
            let lines = found.iter().map(|coupon| {
                let (uses, credit) = line(coupon);
                (coupon, uses, currency.map(|currency| units(credit, currency.digits())).unwrap_or_default())
            });
            let code = currency.map(|currency| currency.to_string()).unwrap_or_default();
            coupon::file(&known, lines, &code, board.now())
        })
    };
    view! {
        <div class="tools">
            <input
                type="search"
                aria-label="Find a coupon"
                placeholder="Find a code, partner or product"
                maxlength="100"
                on:input=move |event| board.sought.set(event_target_value(&event))
            />
            {state}
            <span class="count" role="status">{text(count)}</span>
            <DownloadButton name="coupons.csv" text=Box::new(csv)/>
        </div>
    }
}

fn table(board: Board) -> AnyView {
    if board.known.with(|known| known.coupons.is_empty()) {
        let why = if board.known.with(|known| known.partners.is_empty()) {
            "A coupon is a partner’s: enrol a partner first, by POST /api/partners or a file of them."
        } else {
            "Make one here, or by POST /api/discount-codes. Whoever buys with it is credited to its partner, without any click."
        };
        return view! { <div class="sorry"><h3>"No coupons yet"</h3><p>{why}</p></div> }.into_any();
    }
    let found = Memo::new(move |_| Shared::new(Found(board.found())));
    let rows = move || {
        let found = found.get();
        found.0.iter().take(board.shown.get()).map(|coupon| row(board, coupon)).collect_view()
    };
    let head = |title: &'static str| {
        let class = if matches!(title, "Uses" | "Attributed revenue") { "n" } else { "" };
        view! { <th role="columnheader" scope="col" class=class>{title}</th> }
    };
    let more = move || found.with(|found| found.0.len()).saturating_sub(board.shown.get());
    view! {
        <table class="cards coupons" role="table" hidden=flag(move || found.with(|found| found.0.is_empty()))>
            <thead role="rowgroup">
                <tr role="row">
                    {COLUMNS.map(head).collect_view()}
                    <th role="columnheader" scope="col"><span class="unseen">"Changes"</span></th>
                </tr>
            </thead>
            <tbody role="rowgroup">{live(rows)}</tbody>
        </table>
        {when(move || found.with(|found| found.0.is_empty()), || view! { <p class="quiet-text">"No such coupon."</p> })}
        {when(move || more() > 0, move || view! {
            <button type="button" class="quiet more" on:click=press(move || board.shown.update(|n| *n += PAGE))>
                {text(move || format!("Show {} more", more().min(PAGE)))}
            </button>
        })}
    }
    .into_any()
}

struct Found(Vec<Coupon>);

fn row(board: Board, coupon: &Coupon) -> AnyView {
    let ctx = board.ctx;
    let known = board.known.get_untracked();
    let standing = coupon.standing(board.now());
    let sign = if standing == Standing::Active { "won" } else { "lost" };
    let holds = ctx.text(|locale| coupon.holds(&known.zone, locale));
    let products = coupon.of_products();
    let (uses, credit) = board.came.with(|came| came.get(&coupon.code).copied().unwrap_or_default());
    let number = |label: &'static str, id: &'static str, value: i64, written: String| {
        let class = if value == 0 { "n zero" } else { "n" };
        view! {
            <td role="cell" class=class data-label=label data-figure=id data-value=value.to_string()>{written}</td>
        }
    };
    let act = |label: &'static str, press: super::Press| {
        view! {
            <button type="button" class="quiet small" on:click=press>{label} <span class="unseen">" " {coupon.code.clone()}</span></button>
        }
    };
    let edit = {
        let coupon = coupon.clone();
        move || {
            board.edited.set(Some(coupon.clone()));
            board.sheet.set("one");
        }
    };
    let end = (standing != Standing::Ended).then(|| {
        let coupon = coupon.clone();
        act("Deactivate", press(move || change::end(board, &coupon)))
    });
    view! {
        <tr role="row" data-coupon=coupon.code.clone()>
            <td role="cell" class="lead"><code>{coupon.code.clone()}</code></td>
            <td role="cell">{known.name_of(&coupon.partner).to_owned()}</td>
            <td role="cell" class="standing"><span class=format!("stage {sign}")>{standing.title()}</span></td>
            <td role="cell" data-label=COLUMNS[3]>{holds}</td>
            <td role="cell" data-label=COLUMNS[4]>{products}</td>
            {number(COLUMNS[5], "uses", i64::try_from(uses).unwrap_or(i64::MAX), ctx.count(uses))}
            {number(COLUMNS[6], "revenue", credit, board.money(credit))}
            <td role="cell" class="act"><div class="acts">{act("Edit", press(edit))}{end}</div></td>
        </tr>
    }
    .into_any()
}
