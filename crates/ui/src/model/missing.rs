//! "Why is my referral missing?" in sentences: what the server found, explained from the facts.

use engine::{
    explain::{Standing, TouchSale},
    fact::{Mark, MilestoneKind, RevenueKind},
    journey::Reason,
    kpi::Report,
    log::{Log, NONE},
    time::{DAY, Time},
};

use super::{loaded::Loaded, locale::Locale, words};
use crate::filters::Filters;

/// What the server found of a referral: see `wire::referral`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// As what the question was read.
    pub kind: String,
    /// Whether something of the partner's is recorded.
    pub known: bool,
    /// Whether a click's visitor has become somebody.
    pub identified: bool,
    /// When each touch was, and the words of its kind and mark.
    pub touches: Vec<(Time, String, String)>,
    /// Code of a coupon, key of a link.
    pub key: String,
    /// State of a link.
    pub state: String,
    /// Since when a coupon is the partner's.
    pub since: Option<Time>,
    /// From when on it holds.
    pub starts: Option<Time>,
    /// First moment at which it no longer holds.
    pub ends: Option<Time>,
}

/// What is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Each a paragraph.
    pub sentences: Vec<String>,
    /// Rows of the customers whom the reader may see more of.
    pub deals: Vec<u32>,
}

/// Most amounts that an answer speaks of, the latest; the deal has them all.
const SALES: usize = 5;

/// Answers a partner, under the program's own rules, whatever the switches say.
#[must_use]
pub fn answer(loaded: &Loaded, locale: &Locale, found: &Found) -> Answer {
    let report = loaded.report(&Filters::default(), None);
    let teller = Teller { loaded, log: &loaded.log, locale, report, found };
    match found.kind.as_str() {
        "email" => teller.email(),
        "click" => teller.click(),
        "coupon" => Answer { sentences: teller.coupon(), ..Answer::default() },
        "link" if found.known => Answer { sentences: teller.link(), ..Answer::default() },
        "link" => said("No link of yours has this address."),
        _ => said("Neither a coupon nor a link of yours has this name."),
    }
}

fn said(sentence: &str) -> Answer {
    Answer { sentences: vec![sentence.to_owned()], deals: Vec::new() }
}

struct Teller<'a> {
    loaded: &'a Loaded,
    log: &'a Log,
    locale: &'a Locale,
    report: Report,
    found: &'a Found,
}

impl Teller<'_> {
    fn date(&self, at: Time) -> String {
        self.locale.date(at)
    }

    fn is_own(&self, touch: u32) -> bool {
        Some(self.log.touches.partner[touch as usize]) == self.loaded.reader()
    }

    /// The reader's touches that a condition holds for, by row.
    fn own(&self, holds: impl Fn(usize) -> bool) -> Vec<u32> {
        (0..self.log.touches.len() as u32).filter(|touch| self.is_own(*touch) && holds(*touch as usize)).collect()
    }

    /// The touches that the server found, as far as the feed has them.
    fn met(&self) -> Vec<u32> {
        let t = &self.log.touches;
        self.own(|i| self.found.touches.iter().any(|(at, kind, _)| *at == t.at[i] && kind == t.kind[i].word()))
    }

    /// Whose touches they are, each once.
    fn owners(&self, touches: &[u32]) -> Vec<u32> {
        let mut owners: Vec<u32> =
            touches.iter().map(|touch| self.loaded.journeys.owner(self.log, *touch)).filter(|c| *c != NONE).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    fn email(&self) -> Answer {
        if !self.found.known {
            return said(
                "We have no referral of yours for this address. Whoever it is may have come without a link or coupon of yours, \
                 or have given another address.",
            );
        }
        let customers = self.owners(&self.met());
        let sentences = customers
            .iter()
            .flat_map(|customer| {
                let lead = match self.lead(*customer) {
                    Some(at) => format!("A lead with this address came on {}.", self.date(at)),
                    None => "You met somebody with this address, who has not become a lead so far.".to_owned(),
                };
                let touches: Vec<u32> =
                    self.loaded.journeys.of(*customer).iter().copied().filter(|touch| self.is_own(*touch)).collect();
                core::iter::once(lead).chain(self.judged("Your last touch", &touches)).collect::<Vec<_>>()
            })
            .collect();
        self.with_deals(sentences, customers)
    }

    fn click(&self) -> Answer {
        if !self.found.known {
            return said(
                "This proves no click of yours: the token may be damaged, or older than 90 days, or not one of your links'.",
            );
        }
        let Some((at, _, mark)) = self.found.touches.first() else {
            return said(
                "The token is genuine and yours. Its click is not among the records yet, or led to nobody and stays as a count \
                 only. Whoever becomes a lead with it is credited to you all the same.",
            );
        };
        let date = self.date(*at);
        let mark = Mark::from_word(mark).unwrap_or(Mark::Counted);
        if mark != Mark::Counted {
            return said(&format!(
                "Your click of {date} was not counted: {}.",
                words::lower(Reason::Marked(mark).sentence())
            ));
        }
        if !self.found.identified {
            return said(&format!(
                "Your click of {date} is recorded and counted. Nobody has become a lead by it so far."
            ));
        }
        let met = self.met();
        let customers = self.owners(&met);
        let mut sentences = vec![format!("Your click of {date} is recorded.")];
        for customer in &customers {
            sentences.extend(self.lead(*customer).map(|at| format!("Its visitor became a lead on {}.", self.date(at))));
            sentences.extend(self.judged("This click", &met));
        }
        self.with_deals(sentences, customers)
    }

    /// The answer with the deals of these customers; where the feed has none of them, it is older than what was found.
    fn with_deals(&self, mut sentences: Vec<String>, mut deals: Vec<u32>) -> Answer {
        if deals.is_empty() {
            sentences.push("The figures on this page are older than that: load it anew.".to_owned());
        }
        deals.retain(|customer| self.loaded.deals(&self.report).iter().any(|deal| deal.customer == *customer));
        Answer { sentences, deals }
    }

    fn lead(&self, customer: u32) -> Option<Time> {
        let m = &self.log.milestones;
        let is_lead = |i: &usize| m.customer[*i] == customer && m.kind[*i] == MilestoneKind::LeadCreated;
        (0..m.at.len()).filter(is_lead).map(|i| m.at[i]).min()
    }

    /// What touches of one customer came to, for each of the latest sales.
    fn judged(&self, subject: &str, touches: &[u32]) -> Vec<String> {
        let explainer = self.report.explainer(self.log, &self.loaded.journeys);
        let (mut by_touch, mut aside) = (Vec::new(), None);
        for touch in touches {
            match explainer.touch(*touch).standing {
                Standing::Judged { sales, .. } => by_touch.push((*touch, sales)),
                Standing::SetAside(mark) => aside = Some((*touch, mark)),
                Standing::NoSale { .. } => by_touch.push((*touch, Vec::new())),
                Standing::Nobody => {}
            }
        }
        let Some((_, first)) = by_touch.first() else {
            let mark = aside.map(|(touch, mark)| {
                let date = self.date(self.log.touches.at[touch as usize]);
                format!("{subject}, of {date}, was not counted: {}.", words::lower(Reason::Marked(mark).sentence()))
            });
            return mark.into_iter().collect();
        };
        let refunds = &self.log.revenue.refunds;
        let sales: Vec<usize> = (0..first.len()).filter(|i| refunds[first[*i].row as usize] == NONE).collect();
        if sales.is_empty() {
            return vec!["They have bought nothing so far, so there is nothing to be credited with yet.".to_owned()];
        }
        let shown = sales.iter().rev().take(SALES);
        let mut sentences: Vec<String> = shown
            .map(|i| {
                let verdicts: Vec<(u32, TouchSale)> =
                    by_touch.iter().filter_map(|(touch, sales)| Some((*touch, *sales.get(*i)?))).collect();
                self.sale(subject, &verdicts)
            })
            .collect();
        if sales.len() > SALES {
            sentences.push(format!("The deal has {} earlier amounts.", sales.len() - SALES));
        }
        sentences
    }

    /// What the touches are to one sale.
    fn sale(&self, subject: &str, verdicts: &[(u32, TouchSale)]) -> String {
        let Some((_, one)) = verdicts.first() else { return String::new() };
        let (revenue, row) = (&self.log.revenue, one.row as usize);
        let what = match revenue.kind[row] {
            RevenueKind::New => "sale".to_owned(),
            kind => words::lower(words::revenue(kind)),
        };
        let sale = format!("the {what} of {}", self.date(revenue.at[row]));
        let credit: i64 = verdicts.iter().map(|(_, sale)| sale.credit).sum();
        if credit != 0 {
            let currency = self.log.currencies[revenue.currency[row] as usize];
            let money = |minor| self.locale.money(minor, currency);
            return format!("Recorded, and credited: {} of {} from {sale}.", money(credit), money(revenue.amount[row]));
        }
        if verdicts.iter().any(|(_, sale)| sale.verdict.is_ok()) {
            return format!(
                "{subject} is recorded and counts for {sale}, but by the rule \u{201c}{}\u{201d} its credit goes to other touches.",
                words::rule(one.rule)
            );
        }
        let refused = |reason: fn(Reason) -> bool| {
            let of = |(touch, sale): &(u32, TouchSale)| sale.verdict.err().filter(|r| reason(*r)).map(|r| (*touch, r));
            verdicts.iter().filter_map(of).max_by_key(|(touch, _)| self.log.touches.at[*touch as usize])
        };
        if refused(|reason| matches!(reason, Reason::Overruled(_))).is_some() {
            return format!("Another partner's claim stood before yours for {sale}.");
        }
        let at = |touch: u32| self.log.touches.at[touch as usize];
        if let Some((touch, _)) = refused(|reason| reason == Reason::OutsideWindow) {
            let days = (revenue.at[row].0 - at(touch).0).div_ceil(DAY);
            let (date, window) = (self.date(at(touch)), words::span(one.rule.window.seconds()));
            return format!("{subject} was {date}, {days} days before {sale}: the window is {window}.");
        }
        match refused(|_| true) {
            Some((_, Reason::AfterConversion)) => format!("{subject} came after {sale}, and earns nothing from it."),
            Some((_, reason)) => format!("{subject} does not count for {sale}: {}.", words::lower(reason.sentence())),
            None => String::new(),
        }
    }

    fn coupon(&self) -> Vec<String> {
        let Found { key, since, starts, ends, .. } = self.found;
        let now = self.loaded.head.now;
        let since = since.map(|at| format!(" since {}", self.date(at))).unwrap_or_default();
        let mut sentences = vec![format!("The coupon {key} belongs to you{since}.")];
        sentences.extend(match (starts, ends) {
            (_, Some(end)) if *end <= now => Some(format!("It expired on {}.", self.date(*end))),
            (Some(start), _) if *start > now => Some(format!("It holds from {} on.", self.date(*start))),
            (_, Some(end)) => Some(format!("It holds until {}.", self.date(*end))),
            _ => None,
        });
        let t = &self.log.touches;
        let code = self.log.coupons.iter().position(|known| known == key).map_or(NONE, |row| row as u32);
        let used = if code == NONE { Vec::new() } else { self.own(|i| t.coupon[i] == code) };
        let held = used.iter().filter(|touch| t.mark[**touch as usize] == Mark::Counted).count();
        let times = |n: usize| format!("{n} {}", words::plural(n, "time", "times"));
        sentences.push(match used.len() {
            0 => "Nobody has used it so far.".to_owned(),
            _ => format!("It was used {}, by {}.", times(held), self.customers(&used)),
        });
        if held < used.len() {
            sentences.push(format!("{} it did not hold.", times(used.len() - held)));
        }
        sentences
    }

    fn link(&self) -> Vec<String> {
        let Found { key, state, .. } = self.found;
        let mut sentences = vec![format!("The link /{key} is yours and {state}.")];
        let Some(link) = self.log.links.iter().position(|known| known.key == *key).map(|row| row as u32) else {
            return sentences;
        };
        let clicks = &self.log.clicks;
        let count = |mark: Mark| {
            let rows = (0..clicks.len()).filter(|i| clicks.link[*i] == link && clicks.mark[*i] == mark);
            rows.map(|i| u64::from(clicks.count[i])).sum::<u64>()
        };
        let number = |n: u64| self.locale.count(i64::try_from(n).unwrap_or(i64::MAX));
        let aside: Vec<String> = Mark::ALL
            .iter()
            .filter(|mark| **mark != Mark::Counted && count(**mark) > 0)
            .map(|mark| format!("{} {}", number(count(*mark)), words::marked(*mark)))
            .collect();
        let counted = count(Mark::Counted);
        sentences.push(format!("{} of its clicks counted.", number(counted)));
        if !aside.is_empty() {
            sentences.push(format!("Not counted: {}.", aside.join(", ")));
        }
        let met = self.own(|i| self.log.touches.link[i] == link);
        sentences.push(match met.len() {
            0 => "Nobody who came by it has become a lead so far.".to_owned(),
            _ => format!("It is in the journey of {}.", self.customers(&met)),
        });
        sentences
    }

    fn customers(&self, touches: &[u32]) -> String {
        let n = self.owners(touches).len();
        format!("{n} {}", words::plural(n, "customer", "customers"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;
    use engine::{
        fact::TouchKind,
        log::{RevenueRow, Touch},
        policy::Policies,
        scope::{Names, for_partner},
    };
    use wire::feed::Feed;

    /// What the first partner reads, with more of the past.
    fn read(more: impl FnOnce(&mut Log)) -> Loaded {
        let (mut feed, head) = (sample::program_feed(), sample::partner_feed().head);
        more(&mut feed.log);
        let log = for_partner(&feed.log, 0, Names::Masked, &Policies::default());
        Loaded::new(Feed { head, log })
    }

    fn back(days: u32) -> Time {
        Time(sample::NOW.0 - days * DAY)
    }

    fn ask(loaded: &Loaded, kind: &str, touches: &[u32]) -> Answer {
        let touch = |days: &u32| (back(*days), "click".to_owned(), "counted".to_owned());
        let touches = touches.iter().map(touch).collect();
        let found = Found { kind: kind.into(), known: true, identified: true, touches, ..Found::default() };
        answer(loaded, &Locale::default(), &found)
    }

    fn last(answer: &Answer) -> &str {
        answer.sentences.last().map_or("", String::as_str)
    }

    #[test]
    fn what_was_credited_leads_to_the_deal() {
        let loaded = read(|_| {});
        for kind in ["email", "click"] {
            let answer = ask(&loaded, kind, &[60]);
            assert!(
                last(&answer).starts_with("Recorded, and credited: $100.00 of $100.00 from the sale of"),
                "{answer:?}"
            );
            assert_eq!(
                answer.deals.iter().map(|c| &*loaded.log.customers[*c as usize]).collect::<Vec<_>>(),
                ["Harbor L."]
            );
        }
        let waiting = ask(&loaded, "email", &[20]);
        assert!(waiting.sentences[0].starts_with("A lead with this address came on"), "{waiting:?}");
        assert!(last(&waiting).starts_with("They have bought nothing so far"));
    }

    #[test]
    fn every_reason_has_its_sentence() {
        let touch = |days, kind, partner| Touch { partner, customer: 2, ..Touch::new(back(days), kind) };
        let sale = |log: &mut Log, touches: &[Touch]| {
            for touch in touches {
                log.touches.push(touch.clone());
            }
        };
        use TouchKind::{Click, Coupon};
        // The sale of the sample's third customer was 30 days ago; the window is 30 days.
        for (touches, expected) in [
            (vec![touch(114, Click, 0)], "Your last touch was"),
            (vec![touch(5, Click, 0)], "Your last touch came after the sale of"),
            (
                vec![touch(40, Click, 0), touch(35, Coupon, 1)],
                "Another partner's claim stood before yours for the sale of",
            ),
            (vec![touch(45, Click, 1), touch(35, Click, 0)], "Your last touch is recorded and counts for the sale of"),
            (vec![Touch { mark: Mark::Duplicate, ..touch(40, Click, 0) }], "Your last touch, of"),
        ] {
            let at: Vec<u32> = touches.iter().map(|t| (sample::NOW.0 - t.at.0) / DAY).collect();
            let loaded = read(|log| sale(log, &touches));
            let answer = ask(&loaded, "email", &at);
            assert!(last(&answer).starts_with(expected), "{expected}: {answer:?}");
            for name in ["brightside", "pn_B", "Old Mill"] {
                assert!(!format!("{answer:?}").contains(name), "{answer:?}");
            }
        }
        let late = ask(&read(|log| sale(log, &[touch(114, Click, 0)])), "click", &[114]);
        assert!(
            last(&late).ends_with("the window is 30 days.") && last(&late).contains(", 84 days before the sale"),
            "{late:?}"
        );
    }

    #[test]
    fn an_answer_speaks_of_the_latest_amounts_only() {
        let loaded = read(|log| {
            for days in 10..18 {
                log.revenue.push(RevenueRow::new(back(days), RevenueKind::Renewal, 0, 100));
            }
        });
        let answer = ask(&loaded, "email", &[60]);
        assert_eq!(answer.sentences.len(), 1 + SALES + 1);
        assert_eq!(last(&answer), "The deal has 4 earlier amounts.");
    }

    #[test]
    fn a_link_and_a_coupon_say_what_came_of_them() {
        let loaded = read(|log| {
            log.coupons = vec!["ACME10".into()];
            for (days, mark) in [(9, Mark::Counted), (8, Mark::InvalidCoupon)] {
                let touch = Touch::new(back(days), TouchKind::Coupon);
                log.touches.push(Touch { partner: 0, customer: 1, coupon: 0, mark, ..touch });
            }
        });
        let tell =
            |found: Found| answer(&loaded, &Locale::default(), &Found { known: true, ..found }).sentences.join(" ");
        let link = tell(Found { kind: "link".into(), key: "acme".into(), state: "live".into(), ..Found::default() });
        assert_eq!(
            link,
            "The link /acme is yours and live. 3 of its clicks counted. Not counted: 7 by programs. It is in the journey of 2 customers."
        );
        let coupon = Found { kind: "coupon".into(), key: "ACME10".into(), ends: Some(back(1)), ..Found::default() };
        let coupon = tell(coupon);
        assert!(coupon.starts_with("The coupon ACME10 belongs to you. It expired on"), "{coupon}");
        assert!(coupon.ends_with("It was used 1 time, by 1 customer. 1 time it did not hold."), "{coupon}");
    }

    #[test]
    fn what_is_not_theirs_is_not_there() {
        let loaded = read(|_| {});
        let tell = |kind: &str| {
            let found = Found { kind: kind.into(), ..Found::default() };
            answer(&loaded, &Locale::default(), &found)
        };
        for kind in ["email", "click", "link", "name"] {
            assert_eq!((tell(kind).sentences.len(), tell(kind).deals.len()), (1, 0), "{kind}");
        }
        let unnoticed = Found { kind: "click".into(), known: true, ..Found::default() };
        let genuine = answer(&loaded, &Locale::default(), &unnoticed);
        assert!(last(&genuine).starts_with("The token is genuine and yours."));
        // Found behind what the page has.
        let newer = ask(&loaded, "email", &[1]);
        assert_eq!(last(&newer), "The figures on this page are older than that: load it anew.");
    }
}
