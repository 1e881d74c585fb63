//! The commission that waits for a decision, or was refused by one.

use engine::money::Currency;
use leptos::prelude::*;

use crate::{
    api::Refusal,
    json::Json,
    model::suspicion::Suspicion,
    part::{
        live,
        server::{PAGE, ask},
    },
    state::Ctx,
};
use wire::path;

/// What is held or refused for it, as the server has it: how many commissions, and what they come to by currency.
pub fn of(ctx: Ctx, one: &Suspicion) -> impl IntoView + use<> {
    let status = match one.state.as_str() {
        "held" => "hold",
        "confirmed" => "fraud",
        _ => return ().into_any(),
    };
    let narrow = one.narrow();
    let label = match (status, &narrow) {
        ("hold", Some(_)) => "On hold",
        ("hold", None) => "On hold for the partner, for whatever reason",
        (_, Some(_)) => "Not paid",
        (_, None) => "Not paid to the partner, for whatever reason",
    };
    let narrow = narrow.map(|(name, value)| format!("&{name}={}", String::from(js_sys::encode_uri_component(&value))));
    let address = format!(
        "{}?partnerId={}&status={status}&pageSize={PAGE}{}",
        path::COMMISSIONS,
        one.partner,
        narrow.unwrap_or_default()
    );
    let found = RwSignal::new("…".to_owned());
    ask("GET", address, String::new(), move |answer| {
        found.try_set(answer.map_or_else(Refusal::text, |said| sum(ctx, &said)));
    });
    view! { <dt>{label}</dt><dd data-held="">{live(move || found.get())}</dd> }.into_any()
}

/// What commissions come to, in words.
fn sum(ctx: Ctx, said: &Json) -> String {
    let all = said.list();
    let mut sums: Vec<(Currency, i64)> = Vec::new();
    for one in &all {
        let Ok(currency) = one.text("currency").to_uppercase().parse::<Currency>() else { continue };
        let earned = one.number("earnings").unwrap_or(0);
        match sums.iter_mut().find(|(known, _)| *known == currency) {
            Some((_, sum)) => *sum += earned,
            None => sums.push((currency, earned)),
        }
    }
    if all.is_empty() {
        return "Nothing yet".to_owned();
    }
    // What is refused earns nothing: how much it would have been is not known.
    sums.retain(|(_, sum)| *sum != 0);
    let sums: Vec<String> = sums.iter().map(|(currency, n)| ctx.text(|locale| locale.money(*n, *currency))).collect();
    let (more, sales) =
        (if all.len() == PAGE { "at least " } else { "" }, if all.len() == 1 { "sale" } else { "sales" });
    let all = format!("{more}{} {sales}", all.len());
    if sums.is_empty() { all } else { format!("{more}{} for {all}", sums.join(" and ")) }
}
