//! What the partner earns this month, from the program's books: the one figure of the overview that is not the model's.

use leptos::prelude::*;

use super::{live, statements::stated, text};
use crate::{api::Refusal, model::place::Place, page::go, state::Ctx};

/// Commission of the present month, so far.
#[component]
pub fn CommissionTile() -> impl IntoView {
    let ctx = Ctx::get();
    let month = Memo::new(move |_| ctx.loaded.with(|loaded| loaded.this_month()));
    let found = stated(ctx, month, RwSignal::new(()));
    let shown = move || {
        let found = found.get();
        let currency = ctx.currency();
        let statements = match &found {
            None => return view! { <p class="figure"><i class="s s-value" aria-hidden="true"></i></p> <p class="trend">"Asking the program\u{2019}s books"</p> }.into_any(),
            Some(Ok(statements)) => statements,
            Some(Err(refusal)) => {
                let why = match refusal {
                    Refusal::Said { status: 409, .. } => "It becomes known once the program has set its terms.",
                    _ => "The program\u{2019}s books could not be read. Open the statements to try again.",
                };
                return view! { <p class="figure"><span class="value unknown">"Not known"</span></p> <p class="trend">{why}</p> }.into_any();
            }
        };
        let statement = statements.iter().find(|statement| statement.currency == currency);
        let (earned, closing, payable) = statement.map_or((0, 0, 0), |s| (s.movement.kept(), s.closing, s.payable));
        let amount = ctx.text(|locale| locale.amount(earned, currency));
        view! {
            <p class="figure">
                <span class="value" data-figure="commission" data-value=earned.to_string()>
                    {amount.whole}
                    <span class="minor">{amount.fraction} {amount.tail}</span>
                </span>
            </p>
            <p class="trend">{format!("{} owed in all, of it {} payable", ctx.money(closing), ctx.money(payable))}</p>
        }
        .into_any()
    };
    let title = text(move || format!("Commission in {}", ctx.text(|locale| locale.month(month.get()))));
    view! {
        <article class="tile">
            <h3>{title}</h3>
            {live(shown)}
            <p class="note">"By the program\u{2019}s terms, less what refunds took back. No switch changes it."</p>
            <button type="button" class="link why" on:click=move |_| go(ctx, Place::Statements)>"Open the statement"</button>
        </article>
    }
}
