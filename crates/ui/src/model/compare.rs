//! Two answers to one question side by side: two models or windows, what moves between whom, and why. Reading every journey
//! twice takes long, so a worker beside the page computes it; the page is given names and numbers.

use engine::{
    compare::{self, Comparison, Move, Party},
    explain::{Explainer, Explanation},
    kpi::Report,
    policy::Policies,
};

use super::loaded::Loaded;
use crate::filters::Filters;

/// Of so many customers a row says why it moves.
const REASONS: usize = 3;

/// How far a comparison is: what is being done, of [`STEPS`].
pub type Told<'a> = &'a dyn Fn(u32);

/// Steps of a comparison: the facts are here; the first answer, the second, and what moves are computed.
pub const STEPS: u32 = 4;

/// The answers side by side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compared {
    /// All revenue of the period, in minor units: the columns of [`Compared::lines`] add up to it.
    pub total: i64,
    /// Who has anything under either answer; what changes most stands first.
    pub lines: Vec<Line>,
}

/// Whose revenue it is under both answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Identifier of the partner; empty for what is no partner's.
    pub id: String,
    /// Name of the partner, or what else it is.
    pub name: String,
    /// Minor units that the first answer credits.
    pub a: i64,
    /// Minor units that the second does.
    pub b: i64,
    /// In how many customers the two differ.
    pub customers: usize,
    /// Those of them that differ most.
    pub why: Vec<Why>,
}

/// Why one customer counts for more, or for less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// Name of the customer.
    pub customer: String,
    /// Row of the customer, under which its explanation is opened.
    pub row: u32,
    /// Minor units under the first answer.
    pub a: i64,
    /// Minor units under the second.
    pub b: i64,
    /// The part that the party has in the sale that moves most, under each answer.
    pub roles: [Role; 2],
}

/// The part that a party has in a sale.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Role {
    /// Which of the touches that count are the party's, counted from 1.
    pub touches: Vec<usize>,
    /// How many touches count.
    pub of: usize,
    /// Millionths of the sale that these earn.
    pub share: u64,
    /// Why none of the party's touches counts, where that is so; empty where there is no such touch.
    pub reason: String,
}

impl Line {
    /// How much more it is under the second answer.
    #[must_use]
    pub fn change(&self) -> i64 {
        self.b - self.a
    }
}

impl Compared {
    /// Minor units that change hands.
    #[must_use]
    pub fn moved(&self) -> i64 {
        self.lines.iter().map(|line| line.change().max(0)).sum()
    }

    /// Computes both answers: `first` and `second` differ in their models and windows, or the second is judged by other
    /// policies than the program's.
    #[must_use]
    pub fn of(loaded: &Loaded, first: &Filters, second: &Filters, policies: Option<Policies>, told: Told<'_>) -> Self {
        told(1);
        let a = loaded.report(first, None);
        told(2);
        let b = loaded.report_under(second, policies, Some(&a));
        told(3);
        let (log, journeys) = (&loaded.log, &loaded.journeys);
        let contexts = (a.context(log, journeys), b.context(log, journeys));
        let comparison = Comparison::of(&contexts.0, &contexts.1);
        let moves = compare::moves(&contexts.0, &contexts.1, REASONS);
        let explainers = [&a, &b].map(|report: &Report| report.explainer(log, journeys));
        let line = |row: &compare::Row| {
            let found = moves.iter().find(|moves| moves.party == row.party);
            let why = |moved: &Move| why(loaded, &explainers, row.party, moved);
            Line {
                id: partner(row.party).and_then(|p| log.partners[p].id.clone()).unwrap_or_default(),
                name: name(loaded, row.party),
                a: row.a.attributed,
                b: row.b.attributed,
                customers: found.map_or(0, |moves| moves.customers),
                why: found.map(|moves| moves.most.iter().map(why).collect()).unwrap_or_default(),
            }
        };
        let mut lines: Vec<Line> = comparison.rows.iter().map(line).collect();
        lines.sort_by_key(|line| core::cmp::Reverse(line.change().abs()));
        Self { total: comparison.total.0.attributed, lines }
    }
}

fn partner(party: Party) -> Option<usize> {
    match party {
        Party::Partner(row) => Some(row as usize),
        Party::Others | Party::Own | Party::Nobody => None,
    }
}

fn name(loaded: &Loaded, party: Party) -> String {
    match party {
        Party::Partner(row) => loaded.name_of(Some(row)).unwrap_or("A partner"),
        Party::Others => "Other partners",
        Party::Own => "Your own channels",
        Party::Nobody => "Nobody: no touch counts",
    }
    .to_owned()
}

fn why(loaded: &Loaded, explainers: &[Explainer<'_>; 2], party: Party, moved: &Move) -> Why {
    Why {
        customer: loaded.log.customers[moved.customer as usize].clone(),
        row: moved.customer,
        a: moved.a,
        b: moved.b,
        roles: [0, 1].map(|side| role(loaded, &explainers[side].row(moved.row), party)),
    }
}

fn role(loaded: &Loaded, explanation: &Explanation, party: Party) -> Role {
    let owner = |touch: u32| loaded.log.touches.partner[touch as usize];
    let is_mine = |touch: u32| match party {
        Party::Partner(row) => owner(touch) == row,
        Party::Own => owner(touch) == engine::log::NONE,
        Party::Others | Party::Nobody => false,
    };
    let counted: Vec<_> = explanation.touches.iter().filter(|judged| judged.verdict.is_ok()).collect();
    let mine: Vec<_> = explanation.touches.iter().filter(|judged| is_mine(judged.touch)).collect();
    let touches: Vec<usize> =
        counted.iter().enumerate().filter(|(_, judged)| is_mine(judged.touch)).map(|(place, _)| place + 1).collect();
    let refused = mine.iter().rev().find_map(|judged| judged.verdict.err()).filter(|_| touches.is_empty());
    let weight: u64 = mine.iter().filter_map(|judged| judged.verdict.ok()).sum();
    let share = u128::from(weight) * 1_000_000 / u128::from(explanation.total_weight.max(1));
    Role {
        touches,
        of: counted.len(),
        share: share as u64,
        reason: refused.map(|reason| reason.sentence().to_owned()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;
    use core::cell::RefCell;
    use engine::{credit::Model, policy::Policy, time::Time};

    fn asked(model: Model) -> Filters {
        Filters { model: Some(model), ..Filters::default() }
    }

    #[test]
    fn both_columns_are_the_reports_of_each_partner_and_add_up() {
        let loaded = Loaded::new(sample::program_feed());
        let steps = RefCell::new(Vec::new());
        let told = |step| steps.borrow_mut().push(step);
        let compared = Compared::of(&loaded, &asked(Model::First), &asked(Model::Last), None, &told);
        assert_eq!(*steps.borrow(), [1, 2, 3]);
        assert_eq!(compared.lines.iter().map(|line| line.a).sum::<i64>(), compared.total);
        assert_eq!(compared.lines.iter().map(|line| line.b).sum::<i64>(), compared.total);
        assert!(compared.moved() > 0);
        for line in compared.lines.iter().filter(|line| !line.id.is_empty()) {
            let alone = |model| {
                let filters = Filters { partner: Some(line.id.clone()), ..asked(model) };
                loaded.report(&filters, None).attributed.value
            };
            assert_eq!(alone(Model::First), engine::figure::Value::Known(line.a), "{}", line.name);
            assert_eq!(alone(Model::Last), engine::figure::Value::Known(line.b), "{}", line.name);
        }
    }

    #[test]
    fn why_names_the_touches_and_what_they_earn() {
        let loaded = Loaded::new(sample::program_feed());
        let compared = Compared::of(&loaded, &asked(Model::First), &asked(Model::Last), None, &|_| ());
        let moving = compared.lines.iter().filter(|line| line.change() != 0);
        let reasons: Vec<&Why> = moving.flat_map(|line| &line.why).collect();
        assert!(!reasons.is_empty());
        for why in reasons {
            assert_ne!(why.a, why.b);
            let [first, last] = &why.roles;
            // Under these two models one touch takes all.
            for role in [first, last] {
                assert!(role.share == 0 || role.share == 1_000_000, "{role:?}");
                assert!(role.touches.iter().all(|touch| (1..=role.of).contains(touch)));
            }
            assert_ne!(first.share, last.share);
        }
    }

    #[test]
    fn the_same_twice_moves_nothing() {
        let loaded = Loaded::new(sample::program_feed());
        let compared = Compared::of(&loaded, &asked(Model::Linear), &asked(Model::Linear), None, &|_| ());
        assert_eq!(compared.moved(), 0);
        assert!(compared.lines.iter().all(|line| line.why.is_empty() && line.customers == 0));
    }

    #[test]
    fn a_policy_in_place_of_the_programs_is_the_same_question_as_its_model_and_window() {
        let loaded = Loaded::new(sample::program_feed());
        let whole = Policy { version: 2, since: Time(0), ..Policy::default() };
        let asked = asked(Model::Last);
        let policies = Policies::from(whole).asked(Some(Model::Last), None);
        let by_policy = Compared::of(&loaded, &Filters::default(), &Filters::default(), Some(policies), &|_| ());
        let by_model = Compared::of(&loaded, &Filters::default(), &asked, None, &|_| ());
        assert!(by_policy.moved() > 0);
        assert_eq!(by_policy.moved(), by_model.moved());
    }
}
