//! The explanation of a deal: what happened, which touches counted and why, and the arithmetic of every amount.

use engine::journey::Reason;
use leptos::prelude::*;

use super::{Live, live};
use crate::{
    model::{
        story::{Division, Entry, Share, Standing, Story, What, Whose, tell},
        words,
    },
    state::Ctx,
};

/// The explanation of the deal of a customer, by row, under the filters.
pub fn explained(ctx: Ctx, customer: u32) -> Live {
    live(move || {
        let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
        let story = loaded.deals(&report).iter().find(|deal| deal.customer == customer);
        let story = story.map(|deal| tell(&loaded, &report, deal));
        story.map(|story| tale(ctx, &story))
    })
}

fn tale(ctx: Ctx, story: &Story) -> impl IntoView + use<> {
    view! {
        <div class="story">
            <p class="class">{story.class.clone()}</p>
            <div class="halves">
                <section>
                    <h3>"What happened"</h3>
                    <ol class="timeline">{story.entries.iter().map(|entry| moment(ctx, story, entry)).collect_view()}</ol>
                    <p class="fine">"Times are UTC."</p>
                </section>
                <section>
                    <h3>"How every amount was divided"</h3>
                    {story.divisions.is_empty().then(|| view! {
                        <p class="quiet-text">"No revenue in this currency yet, so there is nothing to divide."</p>
                    })}
                    {story.divisions.iter().map(|d| division(ctx, story, d)).collect_view()}
                </section>
            </div>
        </div>
    }
}

pub(super) fn whose(ctx: Ctx, whose: &Whose) -> String {
    match whose {
        Whose::Mine(_) if ctx.is_partner() => "You".into(),
        Whose::Mine(name) | Whose::Named(name) => name.clone(),
        Whose::Other(0) => "Another partner".into(),
        Whose::Other(n) => format!("Another partner ({n})"),
        Whose::Nobody => "No partner".into(),
    }
}

fn class_of(whose: &Whose) -> &'static str {
    match whose {
        Whose::Mine(_) => "mine",
        Whose::Named(_) | Whose::Other(_) => "other",
        Whose::Nobody => "nobody",
    }
}

fn moment(ctx: Ctx, story: &Story, entry: &Entry) -> impl IntoView + use<> {
    let (kind, rest) = match &entry.what {
        What::Milestone => ("milestone", None),
        What::Revenue(amount) => {
            let text = ctx.text(|locale| locale.money(*amount, story.currency));
            ("revenue", Some(view! { <span class="n">{text}</span> }.into_any()))
        }
        What::Touch { whose: party, link, campaign, standing, sourced } => {
            let (class, verdict) = verdict(standing);
            let via = [link.as_ref().map(|key| format!("/{key}")), campaign.clone()];
            let via = via.into_iter().flatten().collect::<Vec<_>>().join(" · ");
            let view = view! {
                <span class="party">{whose(ctx, party)}</span>
                {(!via.is_empty()).then(|| view! { <small class="via">{via}</small> })}
                <span class=format!("verdict {class}")>{verdict}</span>
                {sourced.then(|| view! { <span class="badge sourced">"Sourced the customer"</span> })}
            };
            (class_of(party), Some(view.into_any()))
        }
    };
    view! {
        <li class=kind>
            <time datetime=entry.at.to_string()>{ctx.text(|locale| locale.moment(entry.at))}</time>
            <p><strong>{entry.label}</strong> {rest}</p>
        </li>
    }
}

pub(super) fn verdict(standing: &Standing) -> (&'static str, String) {
    let reasons = |reasons: &[Reason]| {
        let mut text: Vec<String> = reasons.iter().map(|reason| reason.sentence().to_owned()).collect();
        for later in text.iter_mut().skip(1) {
            later.make_ascii_lowercase();
        }
        text.join("; ")
    };
    match standing {
        Standing::Counted => ("yes", "Counted".into()),
        Standing::CountedFor { n, of } => ("yes", format!("Counted for {n} of {of} amounts")),
        Standing::NotCounted(why) => ("no", format!("Not counted: {}", reasons(why).to_ascii_lowercase())),
        Standing::Waiting => ("wait", "Nothing to count for yet".into()),
    }
}

/// Weights up to here are shown as they are.
const LEGIBLE: u64 = 10_000;

pub(super) fn division(ctx: Ctx, story: &Story, division: &Division) -> impl IntoView + use<> {
    let money = |minor: i64| ctx.text(|locale| locale.money(minor, story.currency));
    let credited: i64 = division.shares.iter().map(|share| share.credit).sum();
    let total = division.total_weight;
    let share = |share: &Share| {
        let (class, how) = match share.verdict {
            Ok(weight) => {
                // Weights of some models are large numbers, which say nothing: then the share does.
                let part = match total {
                    0..=LEGIBLE => format!("{weight} of {total}"),
                    _ => ctx.text(|locale| locale.share(weight, total)),
                };
                ("yes", format!("{part} × {}", money(division.amount)))
            }
            Err(reason) => ("no", format!("Not counted: {}", reason.sentence().to_ascii_lowercase())),
        };
        let result = share.verdict.is_ok().then(|| money(share.credit));
        let equals = share.verdict.is_ok().then_some(view! { <span class="equals">"="</span> });
        view! {
            <li class=format!("{} {class}", class_of(&share.whose))>
                <span class="party">{whose(ctx, &share.whose)} <small>{share.label} ", " {ctx.text(|l| l.date(share.at))}</small></span>
                <span class="how">{how}</span>
                <span class="n">{equals} " " {result}</span>
            </li>
        }
    };
    let reference = (!division.reference.is_empty()).then(|| view! { <small>{division.reference.clone()}</small> });
    let mine = if ctx.is_partner() { "Your credit" } else { "Credit" };
    let lost = (division.unattributed != 0).then(|| {
        let why = if division.counted() == 0 { "Unattributed: no touch counts" } else { "Unattributed" };
        view! { <li class="sum"><span>{why}</span><span class="n">{money(division.unattributed)}</span></li> }
    });
    let rest = if division.refund { " It takes back from the touches that the sale paid." } else { "" };
    view! {
        <article class="division">
            <header>
                <h4>{division.label} " · " {ctx.text(|l| l.date(division.at))} " " {reference}</h4>
                <span class="n">{money(division.amount)}</span>
            </header>
            <p class="rule">
                <strong>{words::rule(division.rule)} "."</strong> " " {division.rule.model.sentence()} {rest}
                <small>{words::source(division.version)}</small>
            </p>
            <ul class="shares">
                {division.shares.iter().map(share).collect_view()}
                <li class="sum"><span>"Credited"</span><span class="n">{money(credited)}</span></li>
                {lost}
                <li class="sum total"><span>"Adds up to"</span><span class="n">{money(credited + division.unattributed)}</span></li>
                <li class="sum mine"><span>{mine}</span><span class="n">{money(division.mine)}</span></li>
            </ul>
            {division.rounded.then_some(view! {
                <p class="fine">"Shares are whole minor units: what rounding leaves goes to the earlier touches, so that nothing is lost."</p>
            })}
        </article>
    }
}
