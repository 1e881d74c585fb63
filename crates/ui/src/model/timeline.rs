//! A journey on a time line: who stands in which lane, where each mark lies, and what each touch was credited with.

use std::sync::Arc;

use engine::{
    classify::Class,
    kpi::{Deal, Report, Stage},
    time::Time,
};

use super::{
    chart::WHOLE,
    loaded::Loaded,
    story::{Entry, Standing, Story, What, Whose, tell},
};

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A touch that counts, for an amount or for what is to come.
    Counted,
    /// A touch that does not.
    Left,
    /// A step of the customer.
    Step,
    /// Money that came.
    Money,
    /// Money that went back, or a deal that was lost.
    Loss,
}

/// One mark, in the order of [`Story::entries`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Which of [`Timeline::lanes`].
    pub lane: usize,
    /// How far along, of [`WHOLE`].
    pub x: i64,
    /// What it stands for.
    pub look: Look,
    /// Minor units that a touch was credited with, of all amounts; `None` for what is no touch.
    pub credit: Option<i64>,
}

/// A journey, drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Whose each lane is, in the order in which they appear; the last is that of the customer's own steps.
    pub lanes: Vec<Option<Whose>>,
    /// A mark for every entry of the story.
    pub marks: Vec<Mark>,
    /// All that the customer paid, net of what was given back.
    pub total: i64,
    /// When the first and the last entry were; `None` where nothing happened.
    pub span: Option<(Time, Time)>,
}

/// The least distance of two marks of a lane: nearer ones are drawn so far apart.
const APART: i64 = WHOLE / 45;

/// The whole story of a customer, of all times, whatever the period of the report.
#[must_use]
pub fn story(loaded: &Loaded, report: &Report, customer: u32) -> Story {
    let (log, question) = (&loaded.log, &report.question);
    let r = &log.revenue;
    let is_theirs = |row: &u32| r.customer[*row as usize] == customer && r.currency[*row as usize] == question.currency;
    let mut rows: Vec<u32> = (0..r.len() as u32).filter(is_theirs).collect();
    rows.sort_by_key(|row| r.at[*row as usize]);
    let by = report.classes.sourced_by(log, customer);
    let sourced = by.is_some_and(|by| question.partner.is_none_or(|partner| partner == by)).then_some(Class::Sourced);
    let classes = rows.iter().filter_map(|row| report.classes.of(log, *row as usize, question.partner));
    let class = classes.chain(sourced).min();
    let revenue = rows.iter().map(|row| r.signed(*row as usize)).sum();
    let credit = rows.iter().map(|row| report.earned(*row)).sum();
    let rows: Arc<[u32]> = rows.into();
    tell(loaded, report, &Deal { customer, stage: Stage::Touched, class, revenue, credit, last: Time(0), rows })
}

/// Draws a story.
#[must_use]
pub fn draw(story: &Story) -> Timeline {
    let span = story.entries.first().zip(story.entries.last()).map(|(first, last)| (first.at, last.at));
    let mut lanes: Vec<Option<Whose>> = Vec::new();
    for entry in &story.entries {
        if let What::Touch { whose, .. } = &entry.what
            && !lanes.contains(&Some(whose.clone()))
        {
            lanes.push(Some(whose.clone()));
        }
    }
    lanes.push(None);
    let mut touches = 0;
    let mut marks: Vec<Mark> = Vec::with_capacity(story.entries.len());
    for entry in &story.entries {
        let (whose, credit) = match &entry.what {
            What::Touch { whose, .. } => {
                // The shares of every amount are those of all touches, in the order of time.
                let credit =
                    story.divisions.iter().filter_map(|d| d.shares.get(touches)).map(|share| share.credit).sum();
                touches += 1;
                (Some(whose.clone()), Some(credit))
            }
            What::Milestone | What::Revenue(_) => (None, None),
        };
        let lane = lanes.iter().position(|lane| *lane == whose).unwrap_or(0);
        marks.push(Mark { lane, x: along(entry.at, span), look: look(entry), credit });
    }
    for lane in 0..lanes.len() {
        spread(&mut marks, lane);
    }
    Timeline { lanes, marks, total: story.divisions.iter().map(|division| division.amount).sum(), span }
}

/// How far a time lies between two, of [`WHOLE`]; in the middle where they are one.
fn along(at: Time, span: Option<(Time, Time)>) -> i64 {
    let Some((first, last)) = span.filter(|(first, last)| first < last) else { return WHOLE / 2 };
    WHOLE * i64::from(at.0 - first.0) / i64::from(last.0 - first.0)
}

/// Moves marks of a lane apart that would cover one another, no further than there is room.
fn spread(marks: &mut [Mark], lane: usize) {
    let mine: Vec<usize> = (0..marks.len()).filter(|i| marks[*i].lane == lane).collect();
    let gap = APART.min(WHOLE / (mine.len() as i64).max(1));
    for pair in mine.windows(2) {
        marks[pair[1]].x = marks[pair[1]].x.max(marks[pair[0]].x + gap);
    }
    let mut room = WHOLE;
    for i in mine.into_iter().rev() {
        marks[i].x = marks[i].x.min(room);
        room = marks[i].x - gap;
    }
}

fn look(entry: &Entry) -> Look {
    match &entry.what {
        What::Touch { standing: Standing::NotCounted(_), .. } => Look::Left,
        What::Touch { .. } => Look::Counted,
        What::Revenue(amount) if *amount < 0 => Look::Loss,
        What::Revenue(_) => Look::Money,
        What::Milestone if entry.label == super::words::milestone(engine::fact::MilestoneKind::OpportunityLost) => {
            Look::Loss
        }
        What::Milestone => Look::Step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{filters::Filters, model::sample};
    use engine::credit::Model;

    fn sample(customer: &str) -> (Story, Timeline) {
        let loaded = Loaded::new(sample::program_feed());
        // Of a month in which nothing happened: a journey is shown whole.
        let asked = Filters {
            model: Some(Model::Linear),
            range: crate::filters::range("last_year").unwrap_or_default(),
            ..Filters::default()
        };
        let report = loaded.report(&asked, None);
        let row = loaded.log.customers.iter().position(|name| name == customer).expect("a customer");
        let story = story(&loaded, &report, row as u32);
        let drawn = draw(&story);
        (story, drawn)
    }

    #[test]
    fn every_entry_has_a_mark_in_its_lane_and_credits_add_up() {
        let (story, drawn) = sample("Harbor Labs");
        assert_eq!(drawn.marks.len(), story.entries.len());
        assert_eq!(drawn.total, 7_500);
        assert_eq!(drawn.marks.iter().filter_map(|mark| mark.credit).sum::<i64>(), 7_500);
        let lanes: Vec<_> = drawn.lanes.iter().map(|lane| lane.as_ref().map(|whose| format!("{whose:?}"))).collect();
        assert_eq!(lanes.len(), 4, "{lanes:?}");
        assert_eq!(drawn.lanes.last(), Some(&None));
        for (entry, mark) in story.entries.iter().zip(&drawn.marks) {
            assert_eq!(mark.credit.is_some(), matches!(entry.what, What::Touch { .. }));
            assert!((0..=WHOLE).contains(&mark.x), "{mark:?}");
        }
        let of = |look| drawn.marks.iter().filter(|mark| mark.look == look).count();
        // Two touches count, a click of a program's and one after the sale do not; a lead; a sale and its refund.
        assert_eq!([Look::Counted, Look::Left, Look::Step, Look::Money, Look::Loss].map(of), [3, 2, 1, 1, 1]);
    }

    #[test]
    fn marks_of_a_lane_never_cover_one_another() {
        let (story, _) = sample("Harbor Labs");
        for n in [1, 2, 30, 200] {
            let entries = story.entries[..1].iter().cycle().take(n).cloned().collect();
            let drawn = draw(&Story { entries, divisions: Vec::new(), ..story.clone() });
            assert!(drawn.marks.windows(2).all(|pair| pair[0].x < pair[1].x), "{n}");
            assert!(drawn.marks.iter().all(|mark| (0..=WHOLE).contains(&mark.x)), "{n}");
        }
    }

    #[test]
    fn who_has_bought_nothing_has_a_journey_too() {
        let (story, drawn) = sample("Quiet Coast");
        assert_eq!((drawn.total, story.divisions.len()), (0, 0));
        assert_eq!(drawn.marks.iter().map(|mark| mark.look).collect::<Vec<_>>(), [Look::Counted, Look::Step]);
        assert_eq!((drawn.marks[0].x, drawn.marks[1].x), (0, WHOLE));
    }
}
