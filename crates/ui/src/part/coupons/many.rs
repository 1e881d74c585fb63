//! A pasted list of coupons: each line as it would be made, what is wrong with it, and the making of all of them.

use leptos::{prelude::*, task::spawn_local};

use super::{
    Board,
    change::{self, Undo},
};
use crate::{
    model::{
        coupon::{COLUMNS, Line},
        paste::joined,
        words::plural,
    },
    part::{live, named, press, server::Asked, text, when},
    state::Shared,
};

/// A list as it is read, with what the server said of its codes.
type Read = Shared<Result<Vec<Line>, String>>;

#[derive(Clone, Copy)]
struct List {
    board: Board,
    text: RwSignal<String>,
    read: Memo<Read>,
}

impl List {
    fn good(self) -> usize {
        self.read
            .with(|read| read.as_ref().map_or(0, |lines| lines.iter().filter(|line| line.faults.is_empty()).count()))
    }
}

pub fn show(board: Board, asked: Asked) -> AnyView {
    let (typed, partner) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let said = RwSignal::new(Vec::<(String, String)>::new());
    let read = Memo::new(move |_| {
        let read = board.known.with(|known| typed.with(|typed| partner.with(|partner| known.read(typed, partner))));
        let read = read.map(|mut lines| {
            said.with(|said| {
                for line in &mut lines {
                    let of = said.iter().filter(|(code, _)| *code == line.coupon.code && !code.is_empty());
                    line.faults.extend(of.map(|(_, why)| ("code", why.clone())));
                }
            });
            lines
        });
        Shared::new(read)
    });
    let list = List { board, text: typed, read };
    let option = |(id, name): (String, String)| view! { <option value=id>{name}</option> };
    let options = board.known.with_untracked(|known| named::choices(&known.partners)).into_iter().map(option);
    let is_wrong = move || {
        list.read.with(|read| read.as_ref().map_or(true, |lines| lines.iter().any(|line| !line.faults.is_empty())))
    };
    let any = move || list.read.with(|read| read.as_ref().is_ok_and(|lines| !lines.is_empty()));
    let label = move || match board.progress.get() {
        Some((doing, done, all)) => format!("{doing} {done} of {all}"),
        None => format!("Make {} {}", list.good(), plural(list.good(), "coupon", "coupons")),
    };
    let off = move || (board.is_busy() || list.good() == 0).to_string();
    let progress = move || {
        board.progress.get().map(|(doing, done, all)| {
            view! { <progress max=all.to_string() prop:value=done.to_string() aria-label=doing></progress> }
        })
    };
    view! {
        <section class="panel builder" aria-labelledby="h-many">
            <h2 id="h-many">"Make coupons from a list"</h2>
            <div class="typed shared">
                <div class="field">
                    <label for="m-partner">"Partner, for every line that names none"</label>
                    <select id="m-partner" on:change=move |event| partner.set(event_target_value(&event))>
                        <option value="">"None: each line names its own"</option>
                        {options.collect_view()}
                    </select>
                </div>
            </div>
            <div class="field">
                <label for="m-list">"One code a line, or rows of a table"</label>
                <textarea
                    id="m-list"
                    class="pasted"
                    rows="6"
                    spellcheck="false"
                    autocomplete="off"
                    wrap="off"
                    aria-describedby="m-hint m-sum"
                    aria-invalid=text(move || is_wrong().to_string())
                    prop:value=text(move || typed.get())
                    prop:readOnly=move || board.is_busy()
                    on:input=move |event| {
                        said.set(Vec::new());
                        typed.set(event_target_value(&event));
                    }
                ></textarea>
                <small id="m-hint">
                    "Columns, with commas, semicolons or tabs between them, in this order or under a line that names them: code,
                    partner, from, until, products. Days like 2026-12-31, the last one included; several products with | between
                    them."
                </small>
            </div>
            <p id="m-sum" class="sum" role="status" class:fault=is_wrong>{text(move || sum(list))}</p>
            {when(any, move || table(list))}
            <div class="acts">
                <button type="button" class="strong" aria-disabled=text(off) aria-describedby="m-sum" on:click=press(move || make(list, said, asked))>
                    {text(label)}
                </button>
                <button type="button" class="quiet" on:click=press(move || board.sheet.set(""))>"Close"</button>
                {live(progress)}
            </div>
        </section>
    }
    .into_any()
}

/// How many lines there are, and how many of them can be made.
fn sum(list: List) -> String {
    let lines = match &*list.read.get() {
        Err(why) => return why.clone(),
        Ok(lines) => lines.len(),
    };
    let good = list.good();
    let of = |n: usize| format!("{n} {}", plural(n, "line", "lines"));
    match (lines, good) {
        (0, _) => "Nothing to make yet: paste a list.".to_owned(),
        (_, 0) => format!("None of {} can be made: see below what is wrong.", of(lines)),
        _ if lines == good => format!("{} can be made.", of(good)),
        _ => format!("{good} of {} can be made. Below stands what is wrong with the others.", of(lines)),
    }
}

fn table(list: List) -> AnyView {
    let rows = move || {
        list.read.with(|read| {
            let lines = read.as_deref().unwrap_or_default();
            lines.iter().map(|line| row(list.board, line)).collect_view()
        })
    };
    let head = |name: &'static str| view! { <th role="columnheader" scope="col">{name}</th> };
    view! {
        <table class="cards lines" role="table">
            <caption class="unseen">"What each line makes, and what is wrong with it"</caption>
            <thead role="rowgroup">
                <tr role="row">{["Line", "Code", "Partner", "What is wrong"].map(head).collect_view()}</tr>
            </thead>
            <tbody role="rowgroup">{live(rows)}</tbody>
        </table>
    }
    .into_any()
}

fn row(board: Board, line: &Line) -> AnyView {
    let faults = line.faults.iter().map(|(field, why)| view! { <p class="fault">{format!("{field}: {why}")}</p> });
    let code = if line.coupon.code.is_empty() { line.raw.clone() } else { line.coupon.code.clone() };
    let partner = board.known.with_untracked(|known| known.name_of(&line.coupon.partner).to_owned());
    view! {
        <tr role="row" data-line=line.line.to_string()>
            <td role="cell" class="at">{line.line.to_string()}</td>
            <td role="cell"><code>{code}</code></td>
            <td role="cell" class="wide">{partner}</td>
            <td role="cell" class="wide">{faults.collect_view()}</td>
        </tr>
    }
    .into_any()
}

/// Makes the good lines, one after the other; those that are made leave the list.
fn make(list: List, said: RwSignal<Vec<(String, String)>>, asked: Asked) {
    let board = list.board;
    let read = list.read.get_untracked();
    let all: Vec<Line> = read.as_deref().unwrap_or_default().to_vec();
    let good: Vec<Line> = all.iter().filter(|line| line.faults.is_empty()).cloned().collect();
    if untrack(|| board.is_busy()) || good.is_empty() {
        return;
    }
    board.progress.set(Some(("Making", 0, good.len())));
    spawn_local(async move {
        let (mut made, mut refused) = (Vec::new(), Vec::new());
        for (i, line) in good.iter().enumerate() {
            match change::make(&line.coupon).await {
                Ok(coupon) => made.push(coupon),
                Err(refusal) => refused.push((line.coupon.code.clone(), refusal.text())),
            }
            board.progress.try_set(Some(("Making", i + 1, good.len())));
        }
        if board.progress.try_set(None).is_some() {
            return;
        }
        let n = made.len();
        board.undo.set(made.iter().map(|coupon| Undo::Made(coupon.code.clone())).collect());
        let stays = |line: &&Line| made.iter().all(|coupon| coupon.code != line.coupon.code) || !line.faults.is_empty();
        list.text.set(joined(all.iter().filter(stays).map(|line| (&*line.head, &*line.raw)), COLUMNS));
        let mut words = format!("{n} {} made.", plural(n, "coupon is", "coupons are"));
        if !refused.is_empty() {
            words.push_str(&format!(
                "\n{} of {} lines were not taken, and stay in the list.",
                refused.len(),
                good.len()
            ));
        }
        said.set(refused);
        board.told.tell(words, None);
        asked.again();
    });
}
