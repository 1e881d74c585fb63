//! The head of a column that sorts a table.

use leptos::prelude::*;

use super::text;
use crate::model::order::{Head, Order};

/// The head: a press sorts by its column, another turns the order round.
pub fn head<C: Head + Send + Sync + 'static>(
    order: RwSignal<Order<C>>,
    column: C,
    word: &'static str,
    title: &'static str,
    number: bool,
) -> AnyView {
    view! {
        <th role="columnheader" scope="col" class:n=number data-column=word aria-sort=text(move || order.get().aria(column).to_owned())>
            <button type="button" on:click=move |_| order.update(|o| *o = o.pressed(column))>
                {title}
                <span class="arrow" aria-hidden="true"></span>
            </button>
        </th>
    }
    .into_any()
}
