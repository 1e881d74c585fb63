//! Deals won and lost, how large they are and how long they take.

use crate::{
    classify::Class,
    cohort::{Group, Middle, middles, rates},
    figure::FactRef,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        deals::{Deal, Judge, Size, Sizes, closed, closes, deals},
        needs::{JOINED, LOST, OPENED, REVENUE, TOUCH, WON, WON_SINCE},
        partners::joined,
    },
    stat,
    time::Time,
};

const BY_CLASS: &str = "wins, losses";

macro_rules! by_class {
    ($($name:ident, $id:literal, $label:literal, $won:literal, $class:ident, $needs:expr, $formula:literal;)*) => { $(
        pub const $name: Definition = Definition {
            id: $id,
            label: $label,
            chapter: Chapter::Sales,
            row: BY_CLASS,
            measure: Measure::Count,
            formula: $formula,
            needs: $needs,
            compute: |context| {
                let deals = closed(context, $won, Class::$class);
                Answer::known(deals.len() as i64, closes(&deals))
            },
        };
    )* };
}

by_class! {
    WINS_SOURCED, "wins_sourced", "Sourced wins", true, Sourced, &[TOUCH, WON],
    "Deals won in the period with customers whom the partner sourced. A sale without an opportunity is a win too.";
    WINS_ASSISTED, "wins_assisted", "Assisted wins", true, Assisted, &[TOUCH, WON],
    "Deals won in the period that were open when the partner took a recorded part.";
    WINS_INFLUENCED, "wins_influenced", "Influenced wins", true, Influenced, &[TOUCH, WON],
    "Deals won in the period for which a touch of the partner counts in the window before the close, or whose \
     customer uses the partner's integration then, and all sourced and assisted ones.";
    LOSSES_SOURCED, "losses_sourced", "Sourced losses", false, Sourced, &[TOUCH, LOST],
    "Deals lost in the period with customers whom the partner sourced.";
    LOSSES_ASSISTED, "losses_assisted", "Assisted losses", false, Assisted, &[TOUCH, LOST],
    "Deals lost in the period that were open when the partner took a recorded part.";
    LOSSES_INFLUENCED, "losses_influenced", "Influenced losses", false, Influenced, &[TOUCH, LOST],
    "Deals lost in the period for which a touch of the partner counts in the window before the close, or whose \
     customer uses the partner's integration then, and all sourced and assisted ones.";
}

pub const WIN_RATE: Definition = Definition {
    id: "win_rate",
    label: "Win rate",
    chapter: Chapter::Sales,
    row: "win rate (close rate)",
    measure: Measure::Rate,
    formula: "Wins ÷ (wins + losses) of the period, of partner-sourced deals; beside the rest.",
    needs: &[TOUCH, WON, LOST],
    compute: |context| {
        let groups = groups(both(context)).map(|Group { label, counted, baseline }| {
            let wins = counted.iter().filter(|deal| is_won(deal)).count() as u64;
            (Group { label, counted: (wins, counted.len() as u64), baseline }, closes(&counted))
        });
        let [(mine, facts), (rest, _)] = groups;
        let (n, m) = mine.counted;
        Answer::rate(n, m, WON, facts).with(rates(&[mine, rest], WON))
    },
};

pub const DEAL_SIZE: Definition = Definition {
    id: "average_deal_size",
    label: "Average deal size",
    chapter: Chapter::Sales,
    row: "average deal size",
    measure: Measure::Money,
    formula: "Sourced revenue ÷ wins: the mean, over the sourced wins of the period, of what each brought, net of \
              refunds: the revenue of its opportunity, or else the customer's new business; beside the rest.",
    needs: &[TOUCH, WON, REVENUE],
    compute: deal_size,
};

pub const SALES_CYCLE: Definition = Definition {
    id: "sales_cycle",
    label: "Sales cycle",
    chapter: Chapter::Sales,
    row: "sales cycle",
    measure: Measure::Seconds,
    formula: "The median time from opportunity opened to won, of the wins of the period that a partner influenced; \
              with the partner (a touch or a recorded part), with the integration in use at the close, without \
              either.",
    needs: &[TOUCH, WON, OPENED],
    compute: sales_cycle,
};

pub const FIRST_SALE: Definition = Definition {
    id: "time_to_first_sale",
    label: "Time to first sale",
    chapter: Chapter::Sales,
    row: "time to first sale",
    measure: Measure::Seconds,
    formula: "From joining the program to the first sourced win: the median of the partners whose first win lies in \
              the period.",
    needs: &[TOUCH, JOINED, WON],
    compute: first_sale,
};

fn is_won(deal: &Deal) -> bool {
    deal.close.is_some_and(|close| close.won)
}

/// The deals that ended in the period, of those customers whom partners sourced and of the rest.
fn both(context: &Context<'_>) -> (Vec<Deal>, Vec<Deal>) {
    let ended = |deal: &Deal| deal.close.is_some_and(|close| context.period.contains(close.at));
    let deals = deals(context.log).into_iter().filter(ended);
    deals.partition(|deal| context.sourced_by(deal.customer).is_some())
}

fn groups<T>((mine, rest): (T, T)) -> [Group<T>; 2] {
    [
        Group { label: "Sourced by partners", counted: mine, baseline: false },
        Group { label: "The rest", counted: rest, baseline: true },
    ]
}

fn deal_size(context: &Context<'_>) -> Answer {
    let mut sizes = Sizes::of(context.log, context.currency);
    let (mine, rest) = both(context);
    let mut sized = |mut deals: Vec<Deal>| -> Vec<Size> {
        deals.retain(is_won);
        deals.sort_by_key(|deal| (deal.close.map(|close| close.at), deal.customer, deal.opportunity));
        deals.iter().filter_map(|deal| sizes.take(deal)).collect()
    };
    let (mine, rest) = (sized(mine), sized(rest));
    let amounts = |sizes: &[Size]| sizes.iter().map(|size| size.amount).collect::<Vec<_>>();
    let groups = groups((amounts(&mine), amounts(&rest)));
    let mut facts: Vec<FactRef> = mine.iter().flat_map(|size| &size.rows).map(|row| FactRef::Revenue(*row)).collect();
    facts.sort_unstable();
    facts.dedup();
    let mean = stat::mean(&groups[0].counted);
    let answer = mean.map_or(Answer::not_known(WON), |mean| Answer::known(mean, facts));
    answer.with(middles(&groups, Middle::Mean, Measure::Money, WON))
}

fn sales_cycle(context: &Context<'_>) -> Answer {
    let judge = Judge::new(context);
    let mut groups = [
        Group { label: "With the partner", counted: Vec::new(), baseline: false },
        Group { label: "With the integration", counted: Vec::new(), baseline: false },
        Group { label: "Without", counted: Vec::new(), baseline: true },
    ];
    let (mut mine, mut facts, mut lack) = (Vec::new(), Vec::new(), WON);
    for deal in deals(context.log) {
        let won = deal.close.filter(|close| close.won && context.period.contains(close.at));
        // Where there are wins it is the opening that is missing.
        lack = if won.is_some() { OPENED } else { lack };
        let Some(((opened, _), close)) = deal.opened.zip(won).filter(|((opened, _), close)| *opened <= close.at) else {
            continue;
        };
        let length = i64::from(close.at.0 - opened.0);
        let (touched, used) = (judge.touched(&deal), judge.uses(deal.customer, close.at));
        for (group, belongs) in groups.iter_mut().zip([touched, used, !touched && !used]) {
            group.counted.extend(belongs.then_some(length));
        }
        if touched || used {
            mine.push(length);
            facts.push(close.fact);
        }
    }
    facts.sort_unstable();
    let answer = stat::median(&mine).map_or(Answer::not_known(lack), |median| Answer::known(median, facts));
    answer.with(middles(&groups, Middle::Median, Measure::Seconds, WON))
}

/// What is missing where no time to a first sale is known: that there are sales is not enough.
pub const fn first_sale_lacks(has_sold: bool) -> &'static str {
    if has_sold { WON_SINCE } else { WON }
}

fn first_sale(context: &Context<'_>) -> Answer {
    let log = context.log;
    let joined = joined(context);
    let mut first: Vec<Option<(Time, FactRef)>> = vec![None; log.partners.len()];
    for deal in deals(log) {
        let won = deal.close.filter(|close| close.won);
        if let Some((close, partner)) = won.zip(context.sourced_by(deal.customer)) {
            let slot = &mut first[partner as usize];
            if slot.is_none_or(|(at, _)| close.at < at) {
                *slot = Some((close.at, close.fact));
            }
        }
    }
    let (mut times, mut facts, mut sold, mut all) = (Vec::new(), Vec::new(), 0, 0);
    for (joined, first) in joined.into_iter().zip(first) {
        let Some((_, joined)) = joined else { continue };
        all += 1;
        sold += u64::from(first.is_some_and(|(at, _)| at <= context.end()));
        if let Some((at, fact)) = first.filter(|(at, _)| context.period.contains(*at) && joined <= *at) {
            times.push(i64::from(at.0 - joined.0));
            facts.push(fact);
        }
    }
    facts.sort_unstable();
    let answer = stat::median(&times)
        .map_or(Answer::not_known(first_sale_lacks(sold > 0)), |median| Answer::known(median, facts));
    answer.with(vec![Part::rate("Partners with a sale", sold, all, JOINED)])
}
