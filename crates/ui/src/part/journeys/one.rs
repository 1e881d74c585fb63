//! One journey on a time line: drawn, and as a list that says the same.

use engine::log::Log;
use leptos::{prelude::*, svg};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::super::{Live, live, press, story};
use crate::{
    model::{
        chart::percent,
        story::{Entry, Story, What},
        timeline::{self, Look, Mark, Timeline},
    },
    state::Ctx,
};

/// Identifier of the heading of an open journey.
const HEADING: &str = "h-journey";

/// Height of a lane of the drawing, in pixels.
const LANE: usize = 34;

/// A customer's name, or what stands for it.
pub fn name(log: &Log, customer: u32) -> String {
    let name = &log.customers[customer as usize];
    if name.trim().is_empty() { "Unnamed customer".to_owned() } else { name.clone() }
}

/// Opens a customer's journey, and leads the reader there.
pub fn open(ctx: Ctx, customer: u32) {
    ctx.ask(|f| f.deal = Some(customer));
    focus(&format!("#{HEADING}"));
}

/// Leads the reader to an element, once it is drawn.
fn focus(selector: &str) {
    let selector = selector.to_owned();
    request_animation_frame(move || {
        let found = document().query_selector(&selector).ok().flatten();
        if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            // Where it cannot be focused, nothing moves.
            let _ = element.focus();
        }
    });
}

/// The journey that is open, if one is.
pub fn opened(ctx: Ctx) -> Live {
    let customer = Memo::new(move |_| {
        let asked = ctx.filters.with(|f| f.deal)?;
        ctx.loaded.with(|loaded| ((asked as usize) < loaded.log.customers.len()).then_some(asked))
    });
    live(move || customer.get().map(|customer| journey(ctx, customer)))
}

fn journey(ctx: Ctx, customer: u32) -> AnyView {
    let close = move || {
        ctx.ask(|f| f.deal = None);
        focus(&format!("[data-customer=\"{customer}\"], #h-ways"));
    };
    let title = ctx.loaded.with(|loaded| name(&loaded.log, customer));
    let told = live(move || {
        let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
        let story = timeline::story(&loaded, &report, customer);
        told(ctx, &story)
    });
    view! {
        <section class="panel journey" aria-labelledby=HEADING>
            <div class="journey-head">
                <h2 id=HEADING tabindex="-1">"Journey of " {title}</h2>
                <button type="button" class="quiet small" on:click=press(close)>"Close"</button>
            </div>
            {told}
        </section>
    }
    .into_any()
}

fn told(ctx: Ctx, story: &Story) -> AnyView {
    let drawn = timeline::draw(story);
    if story.entries.is_empty() {
        return view! { <p class="quiet-text">"Nothing is recorded of this customer."</p> }.into_any();
    }
    let entries = story.entries.iter().zip(&drawn.marks).map(|(entry, mark)| moment(ctx, story, &drawn, entry, mark));
    let entries = entries.collect_view();
    let divisions = story.divisions.iter().map(|division| story::division(ctx, story, division)).collect_view();
    let divided = (!story.divisions.is_empty()).then(|| {
        view! {
            <details class="divided">
                <summary>"How every amount was divided"</summary>
                <div class="story">{divisions}</div>
            </details>
        }
    });
    view! {
        <p class="quiet-text">{story.class.clone()}</p>
        {drawing(ctx, &drawn)}
        <h3>"Every touch and step"</h3>
        <ol class="moments">{entries}</ol>
        <p class="fine">"Times are UTC. A touch\u{2019}s credit is its part of all that the customer paid, net of refunds, under the model above."</p>
        {divided}
    }
    .into_any()
}

/// The class of a mark, in the drawing and in the list.
fn class(look: Look) -> &'static str {
    match look {
        Look::Counted => "counted",
        Look::Left => "left",
        Look::Step => "step-mark",
        Look::Money => "money",
        Look::Loss => "loss",
    }
}

fn drawing(ctx: Ctx, drawn: &Timeline) -> AnyView {
    let Some((first, last)) = drawn.span else { return ().into_any() };
    let lane = |whose: &Option<crate::model::story::Whose>| {
        let name = whose.as_ref().map_or_else(|| "The customer".to_owned(), |whose| story::whose(ctx, whose));
        view! { <span>{name}</span> }
    };
    let names = drawn.lanes.iter().map(lane).collect_view();
    let middle = |lane: usize| (lane * LANE + LANE / 2).to_string();
    let lines = (0..drawn.lanes.len()).map(|lane| {
        svg::line().attr("x1", "0").attr("x2", "100%").attr("y1", middle(lane)).attr("y2", middle(lane)).class("grid")
    });
    let mark = |mark: &Mark| {
        // Whose credit is greater has the larger mark.
        let share = mark.credit.filter(|_| drawn.total > 0).unwrap_or(0).max(0).min(drawn.total);
        let radius = if share > 0 { 6 + 4 * share / drawn.total } else { 5 };
        svg::circle()
            .attr("cx", percent(mark.x))
            .attr("cy", middle(mark.lane))
            .attr("r", radius.to_string())
            .class(class(mark.look))
    };
    let (lines, marks) = (lines.collect_view(), drawn.marks.iter().map(mark).collect_view());
    let touches = drawn.marks.iter().filter(|mark| mark.credit.is_some()).count();
    let counted = drawn.marks.iter().filter(|mark| mark.look == Look::Counted).count();
    let dates = [first, last].map(|at| ctx.text(|l| l.date(at)));
    let summary = format!(
        "Time line from {} to {}: {touches} touches, {counted} of them counted, in {} lanes. The list below says the same.",
        dates[0],
        dates[1],
        drawn.lanes.len(),
    );
    let length = ctx.text(|l| l.duration(i64::from(last.0 - first.0)));
    let [from, until] = dates;
    view! {
        <div class="lanes">
            <div class="lane-names" aria-hidden="true">{names}</div>
            <svg role="img" aria-label=summary width="100%" height=(drawn.lanes.len() * LANE).to_string() overflow="visible">{lines}{marks}</svg>
            <div class="ends" aria-hidden="true"><span>{from}</span><span>{length}</span><span>{until}</span></div>
        </div>
        <div class="key" aria-hidden="true">
            <span class="dot counted">"Counted touch, larger with its credit"</span>
            <span class="dot left">"Touch that does not count"</span>
            <span class="dot step-mark">"Step"</span>
            <span class="dot money">"Revenue"</span>
            <span class="dot loss">"Refund or loss"</span>
        </div>
    }
    .into_any()
}

/// An entry of the list.
fn moment(ctx: Ctx, told: &Story, drawn: &Timeline, entry: &Entry, mark: &Mark) -> AnyView {
    let rest = match &entry.what {
        What::Milestone => ().into_any(),
        What::Revenue(amount) => {
            let amount = ctx.text(|l| l.money(*amount, told.currency));
            view! { <span class="n">{amount}</span> }.into_any()
        }
        What::Touch { whose, link, campaign, standing, sourced } => {
            let (class, verdict) = story::verdict(standing);
            let via = [link.as_ref().map(|key| format!("/{key}")), campaign.clone()];
            let via = via.into_iter().flatten().collect::<Vec<_>>().join(" \u{b7} ");
            let credit =
                mark.credit.filter(|_| !told.divisions.is_empty() && mark.look == Look::Counted).map(|credit| {
                    let share = (drawn.total > 0 && credit >= 0)
                        .then(|| ctx.text(|l| l.percent(credit.unsigned_abs(), drawn.total.unsigned_abs())));
                    view! {
                        <span class="n" data-credit=credit.to_string()>
                            {ctx.text(|l| l.money(credit, told.currency))}
                            " "
                            <small>{share}</small>
                        </span>
                    }
                });
            view! {
                <span class="party">{story::whose(ctx, whose)}</span>
                {(!via.is_empty()).then(|| view! { <small class="via">{via}</small> })}
                <span class=format!("verdict {class}")>{verdict}</span>
                {sourced.then(|| view! { <span class="badge sourced">"Sourced the customer"</span> })}
                {credit}
            }
            .into_any()
        }
    };
    view! {
        <li class=class(mark.look)>
            <time datetime=entry.at.to_string()>{ctx.text(|l| l.moment(entry.at))}</time>
            <p><strong>{entry.label}</strong> {rest}</p>
        </li>
    }
    .into_any()
}
