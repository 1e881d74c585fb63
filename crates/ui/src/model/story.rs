//! A deal's explanation: what happened in time order, which touches counted and why, and how every amount was divided.

use engine::{
    classify::Class,
    journey::Reason,
    kpi::{Deal, Report},
    log::{Log, NONE},
    money::Currency,
    policy::Rule,
    time::Time,
};

use super::{loaded::Loaded, words};

/// Whose a touch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The partner's who reads, or about whom the report is.
    Mine(String),
    /// A partner with a name.
    Named(String),
    /// A partner whom the reader may not know, numbered within the journey; 0 where there is only one.
    Other(u32),
    /// Of no partner.
    Nobody,
}

/// Whether a touch counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// For every amount.
    Counted,
    /// For some of the amounts.
    CountedFor {
        /// For how many.
        n: usize,
        /// Of how many.
        of: usize,
    },
    /// For none, for these reasons.
    NotCounted(Vec<Reason>),
    /// There is no amount yet that it could count for.
    Waiting,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A touch.
    Touch {
        /// Whose.
        whose: Whose,
        /// Key of the link, if the reader may know it.
        link: Option<String>,
        /// Campaign likewise.
        campaign: Option<String>,
        /// Whether it counts.
        standing: Standing,
        /// Whether it is what makes the customer sourced.
        sourced: bool,
    },
    /// A step of the customer.
    Milestone,
    /// Money.
    Revenue(i64),
}

/// One entry of the time line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Time,
    /// What kind of thing.
    pub label: &'static str,
    /// The rest.
    pub what: What,
}

/// One touch's share of one amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// When the touch was.
    pub at: Time,
    /// What it was.
    pub label: &'static str,
    /// Whose.
    pub whose: Whose,
    /// Its weight, or why it does not count.
    pub verdict: Result<u64, Reason>,
    /// Minor units that it earned.
    pub credit: i64,
}

/// How one amount was divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// When the money moved.
    pub at: Time,
    /// What kind of revenue.
    pub label: &'static str,
    /// Invoice; possibly empty.
    pub reference: String,
    /// Whether it takes a sale back.
    pub refund: bool,
    /// Minor units; negative for a refund.
    pub amount: i64,
    /// Model and window that decided.
    pub rule: Rule,
    /// Version of the program's rules that decided; 0 for the reader's own choice.
    pub version: u32,
    /// Every touch of the journey.
    pub shares: Vec<Share>,
    /// Sum of the weights.
    pub total_weight: u64,
    /// What nobody was credited with.
    pub unattributed: i64,
    /// What the partner of the report earned; all partners where it is about all.
    pub mine: i64,
    /// Whether a share differs from the exact fraction by rounding.
    pub rounded: bool,
}

impl Division {
    /// How many touches count.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.shares.iter().filter(|share| share.verdict.is_ok()).count()
    }
}

/// A deal's explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Why the deal has its class, in a sentence.
    pub class: String,
    /// Currency of its amounts.
    pub currency: Currency,
    /// What happened, in time order.
    pub entries: Vec<Entry>,
    /// Each amount.
    pub divisions: Vec<Division>,
}

/// Explains a deal of a report.
#[must_use]
pub fn tell(loaded: &Loaded, report: &Report, deal: &Deal) -> Story {
    let teller = Teller { loaded, report, partner: report.question.partner, deal };
    let explainer = report.explainer(&loaded.log, &loaded.journeys);
    let divisions: Vec<Division> = deal.rows.iter().map(|row| teller.division(&explainer.row(*row))).collect();
    Story {
        class: class_sentence(deal.class, &teller.about()),
        currency: loaded.log.currencies[report.question.currency as usize],
        entries: teller.entries(&divisions),
        divisions,
    }
}

struct Teller<'a> {
    loaded: &'a Loaded,
    report: &'a Report,
    partner: Option<u32>,
    deal: &'a Deal,
}

impl Teller<'_> {
    fn log(&self) -> &Log {
        &self.loaded.log
    }

    /// Whom the report is about.
    fn about(&self) -> Whose {
        let name = |party| self.loaded.name_of(Some(party)).unwrap_or_default().to_owned();
        match self.partner {
            Some(party) if self.loaded.reader() == Some(party) => Whose::Mine(name(party)),
            Some(party) => Whose::Named(name(party)),
            None => Whose::Nobody,
        }
    }

    fn journey(&self) -> &[u32] {
        self.loaded.journeys.of(self.deal.customer)
    }

    fn whose(&self, touch: u32) -> Whose {
        let party = self.log().touches.partner[touch as usize];
        if party == NONE {
            return Whose::Nobody;
        }
        match &self.log().partners[party as usize].name {
            Some(name) if self.partner == Some(party) => Whose::Mine(name.clone()),
            Some(name) => Whose::Named(name.clone()),
            None if self.partner == Some(party) => Whose::Mine(String::new()),
            None => Whose::Other(self.number(party)),
        }
    }

    /// The number of a nameless partner among those of the journey, in the order in which they appear.
    fn number(&self, party: u32) -> u32 {
        let partners = &self.log().partners;
        let mut seen: Vec<u32> = Vec::new();
        for touch in self.journey() {
            let other = self.log().touches.partner[*touch as usize];
            let nameless = other != NONE && self.partner != Some(other) && partners[other as usize].name.is_none();
            if nameless && !seen.contains(&other) {
                seen.push(other);
            }
        }
        match seen.iter().position(|other| *other == party) {
            Some(i) if seen.len() > 1 => i as u32 + 1,
            _ => 0,
        }
    }

    fn division(&self, explained: &engine::explain::Explanation) -> Division {
        let (log, row) = (self.log(), explained.row as usize);
        let shares: Vec<Share> = explained
            .touches
            .iter()
            .map(|judged| Share {
                at: log.touches.at[judged.touch as usize],
                label: words::touch(log.touches.kind[judged.touch as usize]),
                whose: self.whose(judged.touch),
                verdict: judged.verdict,
                credit: judged.credit,
            })
            .collect();
        let total = i128::from(explained.total_weight);
        let inexact = |share: &Share| {
            let weight = i128::from(share.verdict.unwrap_or(0));
            i128::from(share.credit) * total != i128::from(explained.amount) * weight
        };
        Division {
            at: log.revenue.at[row],
            label: words::revenue(log.revenue.kind[row]),
            reference: log.revenue.reference[row].clone(),
            refund: explained.takes_back.is_some(),
            amount: explained.amount,
            rule: explained.rule,
            version: explained.version,
            total_weight: explained.total_weight,
            unattributed: explained.unattributed,
            mine: self.report.earned(explained.row),
            rounded: total > 0 && shares.iter().any(inexact),
            shares,
        }
    }

    fn entries(&self, divisions: &[Division]) -> Vec<Entry> {
        let (log, customer) = (self.log(), self.deal.customer);
        let sourcing = self.report.classes.sourcing_touch(customer);
        let touches = self.journey().iter().enumerate().map(|(i, touch)| {
            let row = *touch as usize;
            let text = |i: u32, texts: &dyn Fn(usize) -> String| (i != NONE).then(|| texts(i as usize));
            Entry {
                at: log.touches.at[row],
                label: words::touch(log.touches.kind[row]),
                what: What::Touch {
                    whose: self.whose(*touch),
                    link: text(log.touches.link[row], &|i| log.links[i].key.clone()),
                    campaign: text(log.touches.campaign[row], &|i| log.campaigns[i].clone()),
                    standing: standing(log.touches.mark[row], divisions, i),
                    sourced: sourcing == Some(*touch),
                },
            }
        });
        let m = &log.milestones;
        let milestones = (0..m.at.len()).filter(|i| m.customer[*i] == customer).map(|i| Entry {
            at: m.at[i],
            label: words::milestone(m.kind[i]),
            what: What::Milestone,
        });
        let money = divisions.iter().map(|d| Entry { at: d.at, label: d.label, what: What::Revenue(d.amount) });
        let mut entries: Vec<Entry> = touches.chain(milestones).chain(money).collect();
        // Stable: within one second a touch comes before the step that it led to, and money comes last.
        entries.sort_by_key(|entry| entry.at);
        entries
    }
}

/// How touch `i` of a journey stands towards all amounts.
fn standing(mark: engine::fact::Mark, divisions: &[Division], i: usize) -> Standing {
    if divisions.is_empty() {
        return match mark {
            engine::fact::Mark::Counted => Standing::Waiting,
            mark => Standing::NotCounted(vec![Reason::Marked(mark)]),
        };
    }
    let mut reasons = Vec::new();
    let mut n = 0;
    for division in divisions {
        match division.shares[i].verdict {
            Ok(_) => n += 1,
            Err(reason) if !reasons.contains(&reason) => reasons.push(reason),
            Err(_) => {}
        }
    }
    match n {
        0 => Standing::NotCounted(reasons),
        n if n == divisions.len() => Standing::Counted,
        n => Standing::CountedFor { n, of: divisions.len() },
    }
}

/// Why a deal has its class, of whom a report is about: the reader, a partner by name, or any partner.
fn class_sentence(class: Option<Class>, of: &Whose) -> String {
    let [whose, who, yours] = match of {
        Whose::Mine(_) => ["your".to_owned(), "you".to_owned(), "yours".to_owned()],
        Whose::Named(name) => [format!("{name}\u{2019}s"), name.clone(), name.clone()],
        Whose::Other(_) | Whose::Nobody => ["a partner\u{2019}s", "a partner", "a partner"].map(str::to_owned),
    };
    match (class, of) {
        (Some(Class::Sourced), _) => {
            format!("Sourced: {whose} touch was the first that counted before the customer became a lead.")
        }
        (Some(Class::Assisted), _) => format!("Assisted: {who} took a recorded part while the deal was open."),
        (Some(Class::Influenced), _) => {
            format!("Influenced: a touch of {yours} counted within the window before the close.")
        }
        (None, Whose::Mine(_)) => {
            "No class: you appear in the journey, but no touch of yours counts for an amount.".to_owned()
        }
        (None, Whose::Named(name)) => {
            format!("No class: {name} appears in the journey, but no touch of theirs counts for an amount.")
        }
        (None, _) => "No class: no partner\u{2019}s touch counts for an amount.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{filters::Filters, model::sample};
    use engine::credit::Model;

    fn story(feed: wire::feed::Feed, model: Option<Model>, customer: &str) -> (Story, Deal) {
        let loaded = Loaded::new(feed);
        let filters = Filters { model, ..Filters::default() };
        let report = loaded.report(&filters, None);
        let deal = loaded
            .deals(&report)
            .iter()
            .find(|d| loaded.log.customers[d.customer as usize] == customer)
            .expect("a deal");
        (tell(&loaded, &report, deal), deal.clone())
    }

    #[test]
    fn shares_add_up_to_every_amount_and_to_the_deal() {
        for feed in [sample::partner_feed(), sample::program_feed()] {
            let loaded = Loaded::new(feed);
            for model in Model::ALL {
                let filters = Filters { model: Some(model), ..Filters::default() };
                let report = loaded.report(&filters, None);
                for deal in loaded.deals(&report) {
                    let story = tell(&loaded, &report, deal);
                    for division in &story.divisions {
                        let given: i64 = division.shares.iter().map(|share| share.credit).sum();
                        assert_eq!(given + division.unattributed, division.amount);
                    }
                    assert_eq!(story.divisions.iter().map(|d| d.amount).sum::<i64>(), deal.revenue);
                    assert_eq!(story.divisions.iter().map(|d| d.mine).sum::<i64>(), deal.credit);
                    assert!(story.entries.is_sorted_by_key(|entry| entry.at));
                }
            }
        }
    }

    #[test]
    fn a_shared_journey_is_told_with_the_other_masked() {
        let (story, _) = story(sample::partner_feed(), Some(Model::Linear), "Harbor L.");
        let touches: Vec<(&Whose, &Standing)> = story
            .entries
            .iter()
            .filter_map(|entry| match &entry.what {
                What::Touch { whose, standing, .. } => Some((whose, standing)),
                _ => None,
            })
            .collect();
        assert_eq!(touches[0].0, &Whose::Mine("Acme".into()));
        assert_eq!(touches[1].0, &Whose::Other(0));
        assert_eq!(
            touches[2],
            (&Whose::Mine("Acme".into()), &Standing::NotCounted(vec![Reason::Marked(engine::fact::Mark::Bot)]))
        );
        assert_eq!(touches[3].0, &Whose::Nobody);
        assert_eq!(touches[4].1, &Standing::NotCounted(vec![Reason::AfterConversion]));
        let first = &story.divisions[0];
        assert_eq!((first.counted(), first.total_weight, first.rounded), (3, 3, true));
        assert_eq!(first.shares.iter().map(|s| s.credit).collect::<Vec<_>>(), [3_334, 3_333, 0, 3_333, 0]);
    }

    #[test]
    fn a_class_is_told_of_whom_the_report_is_about() {
        for (feed, partner, expect) in [
            (sample::partner_feed(), None, "Sourced: your touch was"),
            (sample::program_feed(), None, "Sourced: a partner’s touch was"),
            (sample::program_feed(), Some("pn_A"), "Sourced: Acme’s touch was"),
        ] {
            let loaded = Loaded::new(feed);
            let filters = Filters { partner: partner.map(str::to_owned), ..Filters::default() };
            let report = loaded.report(&filters, None);
            let deals = loaded.deals(&report);
            let sourced = deals.iter().find(|deal| deal.class == Some(Class::Sourced)).expect("one is sourced");
            let told = tell(&loaded, &report, sourced).class;
            assert!(told.starts_with(expect), "{told}");
        }
    }

    #[test]
    fn a_lead_without_money_waits() {
        let (story, deal) = story(sample::partner_feed(), None, "Quiet C.");
        assert!(story.divisions.is_empty() && deal.revenue == 0);
        assert!(
            story
                .entries
                .iter()
                .any(|e| matches!(&e.what, What::Touch { standing: Standing::Waiting, sourced: true, .. }))
        );
    }
}
