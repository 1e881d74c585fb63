//! How the program counts, looks and talks to other systems, and who may change it: a section a subject.

mod keys;
mod log;
mod people;
mod policy;
mod program;
mod sheet;
mod terms;
mod webhooks;

use engine::period::{Grain, Range};
use leptos::prelude::*;
use wire::fact::write_time;

use super::{
    form::{Field, Kind},
    live,
    nav::way,
};
use crate::{
    model::{locale::Locale, section::Section, typed},
    state::{Ctx, Store},
};

/// The settings.
#[component]
pub fn Settings(
    /// Where the report comes from: another policy asks for it anew.
    store: Store,
) -> impl IntoView {
    let ctx = Ctx::get();
    let section = Memo::new(move |_| ctx.filters.with(|filters| filters.section));
    let link = move |to: Section| {
        way(
            ctx,
            to.title(),
            move |filters| crate::filters::Filters { section: to, ..filters },
            move |filters| filters.section == to,
        )
    };
    let shown = move || match section.get() {
        Section::Policy => view! { <policy::PolicySection store/> }.into_any(),
        Section::Terms => view! { <terms::TermsSection/> }.into_any(),
        Section::Program => view! { <program::ProgramSection/> }.into_any(),
        Section::Keys => view! { <keys::KeysSection/> }.into_any(),
        Section::Webhooks => view! { <webhooks::WebhooksSection/> }.into_any(),
        Section::People => view! { <people::PeopleSection/> }.into_any(),
        Section::Log => view! { <log::LogSection/> }.into_any(),
    };
    view! {
        <nav class="sections" aria-label="Sections of the settings">{Section::ALL.map(link).collect_view()}</nav>
        {live(shown)}
    }
}

/// The word of a beginning that is now.
const NOW: &str = "now";

/// Since when a policy or terms can hold: now, or the beginning of a month that may still be open.
fn beginnings(ctx: Ctx) -> Vec<(String, String)> {
    let mut beginnings = choices([(NOW, "Now: sales so far stay as they are")]);
    ctx.loaded.with(|loaded| {
        for (range, name) in [(Range::This(Grain::Month), "this month"), (Range::Last(Grain::Month), "last month")] {
            let from = range.period(&loaded.head.zone, loaded.head.now).from;
            let day = loaded.head.zone.day(from);
            let name = format!("{}, the beginning of {name}", ctx.text(|locale| locale.span(day, day)));
            beginnings.push((write_time(from.millis()), name));
        }
    });
    beginnings
}

/// A field that must be filled in.
fn field(name: &'static str, label: &'static str, hint: &'static str, kind: Kind, max: u32) -> Field {
    Field { name, label, hint, kind, required: true, max }
}

/// The same for one that may stay empty.
fn optional(name: &'static str, label: &'static str, hint: &'static str, kind: Kind, max: u32) -> Field {
    Field { required: false, ..field(name, label, hint, kind, max) }
}

/// What can be chosen: what is sent, and its name.
fn choices<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(word, name)| (word.to_owned(), name.to_owned())).into()
}

/// A time as the server writes it, as the reader does.
fn moment(ctx: Ctx, text: &str) -> String {
    typed::time(text).map(|time| ctx.text(|locale: &Locale| format!("{} UTC", locale.moment(time)))).unwrap_or_default()
}
