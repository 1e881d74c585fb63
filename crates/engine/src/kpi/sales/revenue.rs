//! Revenue by class, and what the model credits.

use crate::{
    classify::Class,
    figure::FactRef,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        needs::{REVENUE, TOUCH},
    },
    log::{Log, NONE},
    stat,
};

const ROW: &str = "revenue sourced / assisted / influenced";

pub const SOURCED: Definition = Definition {
    id: "revenue_sourced",
    label: "Sourced revenue",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Money,
    formula: "Revenue, net of refunds, of customers whose first counted touch within the window before they became \
              a lead was the partner's, with no opportunity open before it.",
    needs: &[TOUCH, REVENUE],
    compute: |context| by_class(context, Class::Sourced),
};

pub const ASSISTED: Definition = Definition {
    id: "revenue_assisted",
    label: "Assisted revenue",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Money,
    formula: "New and expansion revenue, net of refunds, of deals that were open when the partner took a recorded \
              part: an introduction, co-selling or a registration.",
    needs: &[TOUCH, REVENUE],
    compute: |context| by_class(context, Class::Assisted),
};

pub const INFLUENCED: Definition = Definition {
    id: "revenue_influenced",
    label: "Influenced revenue",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Money,
    formula: "Revenue, net of refunds, for which a touch of the partner counts in the window before the close, or \
              whose customer uses the partner's integration at the close, and all sourced and assisted revenue.",
    needs: &[TOUCH, REVENUE],
    compute: |context| by_class(context, Class::Influenced),
};

pub const ATTRIBUTED: Definition = Definition {
    id: "revenue_attributed",
    label: "Attributed revenue",
    chapter: Chapter::Sales,
    row: "attributed revenue (model)",
    measure: Measure::Money,
    formula: "The partner's conserved credit under the model: each amount divided among its counted touches, to the \
              last minor unit.",
    needs: &[TOUCH, REVENUE],
    compute: attributed,
};

/// The sum of some rows of revenue, net of refunds, and the rows.
pub fn net(log: &Log, rows: impl Iterator<Item = usize>) -> (i64, Vec<FactRef>) {
    let mut sum = 0;
    let evidence =
        rows.inspect(|row| sum += log.revenue.signed(*row)).map(|row| FactRef::Revenue(row as u32)).collect();
    (sum, evidence)
}

/// The sum of what some rows of revenue earned, and the rows that earned anything.
pub fn credited(rows: impl Iterator<Item = usize>, earned: &dyn Fn(usize) -> i64) -> (i64, Vec<FactRef>) {
    let mut sum = 0;
    let paid = |row: usize| {
        let amount = earned(row);
        sum += amount;
        (amount != 0).then_some(FactRef::Revenue(row as u32))
    };
    let evidence = rows.filter_map(paid).collect();
    (sum, evidence)
}

/// Rows of revenue of the period that have a class, and their sum.
pub fn of_class(context: &Context<'_>, class: Class) -> (i64, Vec<FactRef>) {
    net(context.log, context.revenue().filter(|row| context.has_class(*row, class)))
}

fn by_class(context: &Context<'_>, class: Class) -> Answer {
    let (sum, evidence) = of_class(context, class);
    let (all, _) = net(context.log, context.revenue());
    let share = stat::ratio(i128::from(sum), i128::from(all));
    let parts = vec![
        Part::known("All revenue", Measure::Money, all),
        Part::known_or("Share of all revenue", Measure::Ratio, share, REVENUE),
    ];
    Answer::known(sum, evidence).with(parts)
}

/// With what is credited elsewhere, so that everything adds up to all revenue.
fn attributed(context: &Context<'_>) -> Answer {
    let (sum, evidence) = credited(context.revenue(), &|row| context.earned(row));
    let (mut partners, mut own) = (0, 0);
    for line in context.revenue().flat_map(|row| context.credits.of(row)) {
        let partner = context.log.touches.partner[line.touch as usize];
        *(if partner == NONE { &mut own } else { &mut partners }) += line.amount;
    }
    let (all, _) = net(context.log, context.revenue());
    let of = |label: &str, amount: i64| Part::known(label, Measure::Money, amount);
    let parts = vec![
        of("Other partners' touches", partners - sum),
        of("The program's own channels", own),
        of("Unattributed", all - partners - own),
        of("All revenue", all),
        Part::known_or("Share of all revenue", Measure::Ratio, stat::ratio(i128::from(sum), i128::from(all)), REVENUE),
    ];
    Answer::known(sum, evidence).with(parts)
}
