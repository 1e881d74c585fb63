//! What a partner has to share: links that they make within the program's rules, and the coupons and landing pages that the
//! program made for them.

use engine::time::Time;
use leptos::prelude::*;
use wire::path;

use super::{
    copy::CopyButton,
    form::{Field, Form, Kind, form},
    live,
    server::{Asked, Told, ask, further, more_button},
};
use crate::{
    json::Json,
    model::typed::time,
    state::{Ctx, Store},
};

/// A form that makes a link; nothing where the program lets partners make none.
#[component]
pub fn NewLink(
    /// Asked anew once a link is made.
    store: Store,
    /// Where it is told.
    told: Told,
) -> impl IntoView {
    let hosts = RwSignal::new(String::new());
    let room = RwSignal::new(String::new());
    let learn = move || {
        ask("GET", path::SESSION.to_owned(), String::new(), move |answer| {
            // Where the rules are not known the form is not there: the list of links is.
            let rules = answer.map(|said| said.get("linkRules"));
            if let Ok(rules) = rules
                && let (Some(limit), Some(links)) = (rules.number("partnerLinksLimit"), rules.number("links"))
                && limit > 0
            {
                let names: Vec<String> = rules.get("allowedHosts").list().iter().filter_map(Json::own_text).collect();
                hosts.try_set(names.join(", "));
                room.try_set(format!("{links} of {limit} links are in use."));
            }
        });
    };
    learn();
    let made = move |said: &Json| {
        told.tell(format!("/{} is live.", said.text("key")), said.some_text("shortLink"));
        store.fetch();
        learn();
    };
    let shown = move || {
        let (room, hosts) = (room.get(), hosts.get());
        (!room.is_empty()).then(|| form(new(room, &hosts, made)))
    };
    live(shown)
}

fn new(room: String, hosts: &str, made: impl Fn(&Json) + Send + Sync + 'static) -> Form {
    let field = |name, label, hint, kind, required, max| Field { name, label, hint, kind, required, max };
    let campaign = "Counted as one campaign: newsletter-may";
    let places = if hosts.is_empty() { String::new() } else { format!("{hosts} and to ") };
    let about = format!(
        "{room} A link may lead to {places}your own landing pages; who sent the visitor is added by itself. You can \
         pause it, or take it back for good."
    );
    Form {
        title: "Make a link",
        about,
        send: "Make it",
        drawn: Some("key"),
        path: path::LINKS,
        fields: vec![
            // Longer than the server takes: what is cut would be sent without anybody's knowing.
            field("url", "Where it leads", "https://…", Kind::Line("url"), true, 8_000),
            field("key", "Its last part", "Made for you where it is empty", Kind::Line("text"), false, 100),
            field("utm_campaign", "Campaign", campaign, Kind::Line("text"), false, 100),
            field("utm_content", "Content", "Which button or picture", Kind::Line("text"), false, 100),
            field("comments", "Notes", "The program reads them, too", Kind::Lines, false, 1_000),
        ],
        late: "The link is live.",
        done: Box::new(made),
    }
}

/// Coupons and landing pages.
#[component]
pub fn Assets() -> impl IntoView {
    let coupon = |ctx: Ctx, said: &Json| {
        let loaded = ctx.loaded.get_untracked();
        let (zone, now) = (&loaded.head.zone, loaded.head.now);
        let day = |at: Time| ctx.text(|locale| locale.span(zone.day(at), zone.day(at)));
        let (starts, ends) = (time(&said.text("startsAt")), time(&said.text("endsAt")));
        // The end is the first moment at which it no longer holds.
        let holds = match (starts.filter(|at| *at > now), ends.map(|at| Time(at.0.saturating_sub(1)))) {
            (_, Some(last)) if last < now => format!("Ended on {}", day(last)),
            (Some(first), _) => format!("From {}", day(first)),
            (None, Some(last)) => format!("Until {}", day(last)),
            (None, None) => "Has no end".to_owned(),
        };
        let some = if said.get("products").list().is_empty() { "" } else { ", for some products" };
        (said.text("code"), holds + some, said.text("code"), None)
    };
    let page = |_: Ctx, said: &Json| {
        let content = said.get("content");
        let name = content.some_text("headline").unwrap_or_else(|| "Landing page".to_owned());
        (name, said.text("url"), said.text("url"), Some(said.text("url")))
    };
    view! {
        {list("Coupons", "No coupons yet. The program makes them, and they appear here.", path::COUPONS, coupon)}
        {list("Landing pages", "No landing page was written for you yet. Links may lead to your plain one, which is always there.", path::PAGES, page)}
    }
}

/// What is said of one: its name, what to know, what to copy, and where it is.
type Said = (String, String, String, Option<String>);

fn list(title: &'static str, none: &'static str, path: &'static str, read: fn(Ctx, &Json) -> Said) -> impl IntoView {
    let ctx = Ctx::get();
    let found = StoredValue::new(Vec::<(String, Said)>::new());
    let (more, changed) = (RwSignal::new(false), RwSignal::new(()));
    let next = move |asked: Asked, known: usize| {
        further(path, known, asked, more, move |said| {
            found.try_update_value(|found| {
                if known == 0 {
                    found.clear();
                }
                for one in said {
                    let id = one.text("id");
                    if !found.iter().any(|(known, _)| *known == id) {
                        found.push((id, read(ctx, one)));
                    }
                }
            });
            changed.try_set(());
        });
    };
    let asked = Asked::by(move |asked| next(asked, 0));
    let shown = move || {
        changed.track();
        let rows = found.with_value(|found| found.iter().map(|(_, said)| row(said)).collect::<Vec<_>>());
        if rows.is_empty() {
            view! { <p class="quiet-text">{none}</p> }.into_any()
        } else {
            view! { <ul class="assets">{rows}</ul> }.into_any()
        }
    };
    view! {
        <section class="panel" aria-label=title>
            <h2>{title}</h2>
            {asked.show(shown)}
            {more_button(more, move || next(asked, found.with_value(Vec::len)))}
        </section>
    }
}

fn row((name, about, copied, address): &Said) -> AnyView {
    let name = match address {
        Some(address) => view! { <a href=address.clone() target="_blank" rel="noopener">{name.clone()}</a> }.into_any(),
        None => view! { <strong>{name.clone()}</strong> }.into_any(),
    };
    view! {
        <li>
            <span>{name} " " <small>{about.clone()}</small></span>
            <CopyButton text=copied.clone() what=copied.clone()/>
        </li>
    }
    .into_any()
}
