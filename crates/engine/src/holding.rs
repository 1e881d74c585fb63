//! Who has which integration, and when.

use crate::{fact::UsageKind, log::Log, period::Period, time::Time};

/// A time in which a customer has an integration: from its first fact that is no removal until its removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Row of [`Log::integrations`].
    pub integration: u32,
    /// Row of [`Log::customers`].
    pub customer: u32,
    /// Row of [`Log::usage`]: its first fact.
    pub row: usize,
    /// When that was.
    pub from: Time,
    /// When it was removed; the last second of all if it was not.
    pub until: Time,
    /// Whether the customer never had it before.
    pub adopts: bool,
}

impl Holding {
    /// Whether the customer has it at a time.
    #[must_use]
    pub fn is_at(&self, at: Time) -> bool {
        self.from <= at && at < self.until
    }

    /// Whether the customer has it in a part of a period.
    #[must_use]
    pub fn is_in(&self, period: Period) -> bool {
        self.from < period.until && period.from < self.until
    }
}

/// Every holding of the integrations that are asked for: by customer, then by integration, then in the order of time.
#[must_use]
pub fn holdings(log: &Log, asked: &dyn Fn(u32) -> bool) -> Vec<Holding> {
    let u = &log.usage;
    let mut rows: Vec<usize> = (0..u.len()).filter(|row| asked(u.integration[*row])).collect();
    rows.sort_by_key(|row| (u.customer[*row], u.integration[*row], u.at[*row], *row));
    let mut holdings: Vec<Holding> = Vec::new();
    for row in rows {
        let (customer, integration, from) = (u.customer[row], u.integration[row], u.at[row]);
        let last = holdings.last_mut().filter(|last| (last.customer, last.integration) == (customer, integration));
        let adopts = last.is_none();
        let open = last.filter(|last| last.until == Time(u32::MAX));
        match (open, u.kind[row] == UsageKind::Uninstalled) {
            (Some(open), true) => open.until = from,
            (None, false) => {
                let until = Time(u32::MAX);
                holdings.push(Holding { integration, customer, row, from, until, adopts });
            }
            _ => {}
        }
    }
    holdings
}

/// Those of a customer, of some that are sorted by customer.
#[must_use]
pub fn of_customer(holdings: &[Holding], customer: u32) -> &[Holding] {
    let first = holdings.partition_point(|holding| holding.customer < customer);
    let end = holdings.partition_point(|holding| holding.customer <= customer);
    &holdings[first..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::UsageRow;

    #[test]
    fn an_integration_is_held_until_it_is_removed_and_again_after() {
        let mut log = Log::default();
        let mut push = |at, customer, integration, kind| {
            log.usage.push(UsageRow { at: Time(at), integration, customer, kind, count: 1 });
        };
        push(30, 1, 0, UsageKind::Used);
        push(10, 1, 0, UsageKind::Attempted);
        push(20, 1, 0, UsageKind::Uninstalled);
        // A removal of what nobody had.
        push(5, 0, 0, UsageKind::Uninstalled);
        push(15, 1, 1, UsageKind::Installed);
        let all = holdings(&log, &|_| true);
        let spans: Vec<_> = all.iter().map(|h| (h.customer, h.integration, h.row, h.from.0, h.adopts)).collect();
        assert_eq!(spans, [(1, 0, 1, 10, true), (1, 0, 0, 30, false), (1, 1, 4, 15, true)]);
        let at = |time| of_customer(&all, 1).iter().filter(|h| h.is_at(Time(time))).count();
        assert_eq!([9, 10, 15, 20, 30].map(at), [0, 1, 2, 1, 2]);
        assert!(of_customer(&all, 0).is_empty());
        assert_eq!(holdings(&log, &|integration| integration == 1).len(), 1);
    }
}
