//! The goals of a partner: set in money or in numbers, taken back, and told of where somebody else set the same one.

use engine::{
    figure::Value,
    kpi::{definition, sales::agreed},
    log::{GoalRow, Log},
    time::{Day, Time},
};
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wire::{fact::write_time, path};

use super::{Partner, Roster, field};
use crate::{
    json::{Json, written},
    model::catalogue::Style,
    part::{confirm::Question, form::Kind, live, press},
};

impl Roster {
    /// Whoever has set a goal is told of the one that somebody else had set for the same meanwhile.
    pub(super) fn overtook(self) {
        let loaded = self.ctx.loaded.get();
        let Some((partner, known)) = self.aimed.try_update_value(Option::take).flatten() else { return };
        let all = goals_of(&loaded.log, &partner);
        let mut new = all.iter().filter(|goal| !known.contains(goal)).rev();
        let Some(own) = new.next() else {
            // The facts are older than the goal: the next ones tell.
            return self.aimed.set_value(Some((partner, known)));
        };
        if let Some(theirs) = new.find(|goal| goal.is_like(own)) {
            let words = if theirs.takes_back() {
                "Somebody else had taken it back".to_owned()
            } else {
                format!("Somebody else had made it {}", self.aim(theirs))
            };
            self.told.tell(format!("{words} meanwhile: what you said counts, since it was said last."), None);
        }
    }

    /// A goal's target, in the unit of its figure.
    fn aim(self, goal: &GoalRow) -> String {
        let currency = self.ctx.loaded.with_untracked(|loaded| loaded.head.program.currency);
        self.ctx.text(|locale| {
            let style = definition(&goal.metric).map(|of| Style::of(locale, currency, of));
            style.map_or_else(String::new, |style| style.value(style.measure, Value::Known(goal.target)))
        })
    }

    /// The goals of a partner whose time is not over, each with a way to take it back.
    pub(super) fn goals(self, partner: &Partner) -> impl IntoView + use<> {
        let partner = partner.clone();
        live(move || {
            let loaded = self.ctx.loaded.get();
            let (log, today) = (&loaded.log, loaded.head.zone.day(loaded.head.now));
            let is_ahead = |goal: &GoalRow| is_of(log, goal, &partner.id) && goal.until > today;
            let goals = agreed(log, &is_ahead, Time(u32::MAX));
            let line = |(_, goal): (u32, GoalRow)| {
                let label = definition(&goal.metric).map_or_else(String::new, |of| of.label.to_owned());
                let last = Day(goal.until.0.saturating_sub(1));
                let span = self.ctx.text(|locale| locale.span(goal.from, last));
                let words = format!("{label}: {}, {span}", self.aim(&goal));
                let (of, about) = (partner.clone(), words.clone());
                let press = press(move || self.dialog.ask(take_back(self, &of, &goal, &about)));
                view! {
                    <li>
                        <span>{words.clone()}</span>
                        <button type="button" class="quiet small" on:click=press>"Take back" <span class="unseen">" " {words}</span></button>
                    </li>
                }
            };
            (!goals.is_empty()).then(
                || view! { <ul class="assets" aria-label="Goals">{goals.into_iter().map(line).collect_view()}</ul> },
            )
        })
    }
}

/// The goals of a partner, in the order in which they were set.
fn goals_of(log: &Log, partner: &str) -> Vec<GoalRow> {
    // Its place among the partners may be another one in newer facts.
    let plain = |row: GoalRow| GoalRow { partner: 0, ..row };
    let mut goals: Vec<GoalRow> = log.goals.iter().filter(|row| is_of(log, row, partner)).map(plain).collect();
    goals.sort_by_key(|goal| goal.at);
    goals
}

fn is_of(log: &Log, goal: &GoalRow, partner: &str) -> bool {
    log.partners.get(goal.partner as usize).and_then(|known| known.id.as_deref()) == Some(partner)
}

/// What is sent of a goal in every case. The identifier is drawn once a question: sent again after a lost answer, it is the
/// same goal.
fn fact(now: Time, partner: &Partner) -> [(&'static str, JsValue); 4] {
    // The page may be older than what somebody else has set since: of two, the one that is said last counts.
    let now = now.max(Time((js_sys::Date::now() / 1000.0) as u32));
    let id = format!("goal-{}-{:.0}", partner.id, js_sys::Math::random() * 1e15);
    [
        ("id", id.into()),
        ("type", "partner.goal".into()),
        ("partner", partner.id.clone().into()),
        ("at", write_time(now.millis()).into()),
    ]
}

/// What becomes of a goal that was sent.
fn sent(roster: Roster, partner: &Partner, words: String) -> Box<dyn Fn(&Json) + Send + Sync> {
    let known = roster.ctx.loaded.with_untracked(|loaded| goals_of(&loaded.log, &partner.id));
    let of = partner.id.clone();
    Box::new(move |_| {
        roster.told.tell(words.clone(), None);
        roster.aimed.set_value(Some((of.clone(), known.clone())));
        roster.store.fetch();
    })
}

/// Takes a goal back.
fn take_back(roster: Roster, partner: &Partner, goal: &GoalRow, about: &str) -> Question {
    let now = roster.ctx.loaded.with_untracked(|loaded| loaded.head.now);
    let of = [
        ("metric", goal.metric.clone().into()),
        ("period", format!("{}/{}", goal.from, goal.until).into()),
        ("target", 0.into()),
    ];
    Question {
        title: format!("Take the goal back? {about}"),
        text: "It is in their portal no more. It may be set again.",
        yes: "Take it back",
        method: "POST",
        path: path::FACTS.to_owned(),
        sent: written(&[&fact(now, partner)[..], &of].concat()),
        fields: Vec::new(),
        late: "The goal is taken back.",
        done: sent(roster, partner, format!("The goal of {} is taken back.", partner.name)),
    }
}

/// A goal of a partner: in the program's currency, or a number.
pub(super) fn goal(roster: Roster, partner: &Partner, is_money: bool) -> Question {
    let metrics: &[&str] = if is_money { &MONEY_GOALS } else { &COUNT_GOALS };
    let metrics = metrics.iter().filter_map(|id| Some(((*id).to_owned(), definition(id)?.label.to_owned()))).collect();
    let (now, periods, currency) = roster.ctx.loaded.with_untracked(|loaded| {
        let (zone, now) = (&loaded.head.zone, loaded.head.now);
        let day = zone.day(now);
        let (year, month) = day.month().year_month();
        let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let quarter = |(year, month): (u32, u32)| format!("{year:04}-Q{}", (month - 1) / 3 + 1);
        let ahead = (month - 1) / 3 * 3 + 4;
        let after = if ahead > 12 { (year + 1, 1) } else { (year, ahead) };
        let periods = [
            (format!("{year:04}-{month:02}"), "this month"),
            (format!("{:04}-{:02}", next.0, next.1), "next month"),
            (quarter((year, month)), "this quarter"),
            (quarter(after), "next quarter"),
            (format!("{year:04}"), "this year"),
            (format!("{:04}", year + 1), "next year"),
        ];
        let named = periods.map(|(period, name)| (period.clone(), format!("{period}, {name}")));
        (now, named.to_vec(), loaded.head.program.currency.to_string())
    });
    let mut fields = vec![
        field("metric", "Figure", "", Kind::Choice(metrics), true, 60),
        field("period", "Until the end of", "", Kind::Choice(periods), true, 12),
    ];
    if is_money {
        fields.push(field("target", "Goal", "", Kind::Money("currency"), true, 24));
        fields.push(field("currency", "Currency", "", Kind::Choice(vec![(currency.clone(), currency)]), true, 3));
    } else {
        fields.push(field("target", "Goal", "", Kind::Positive, true, 12));
    }
    Question {
        title: format!("Which goal has {}?", partner.name),
        text: "They see it in their portal, with their pace. It takes the place of an earlier goal for the same figure and period.",
        yes: "Set the goal",
        method: "POST",
        path: path::FACTS.to_owned(),
        sent: written(&fact(now, partner)),
        fields,
        late: "The goal is set.",
        done: sent(roster, partner, format!("The goal of {} is set.", partner.name)),
    }
}

/// The figures that a goal in money may be about, of those that a goal may be about at all.
const MONEY_GOALS: [&str; 4] = ["revenue_sourced", "revenue_assisted", "revenue_influenced", "revenue_attributed"];
/// Likewise for a goal in numbers.
const COUNT_GOALS: [&str; 5] = ["clicks", "leads", "registered_deals", "opportunities_sourced", "wins_sourced"];
