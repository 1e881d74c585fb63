//! Landing pages: which there are, and the editor of one.
//!
//! | module | charter |
//! |---|---|
//! | [`editor`] | a page as it is written: its draft, saving and publishing |
//! | [`fields`] | the texts of a page, each with what is wrong beside it |
//! | [`questions`] | the fields of a page's form |
//! | [`kept`] | what was typed and not saved, over a reload |
//! | [`preview`] | the page as the server would show it, at three widths |
//! | [`versions`] | what was public, what differs, and bringing it back |

mod editor;
mod fields;
mod kept;
mod preview;
mod questions;
mod versions;

use leptos::{prelude::*, task::spawn_local};
use wire::path;

use super::{
    form::{Field, Form, Kind, form},
    live, named, press,
    server::{Asked, Told, further, more_button},
    switches::choice,
    text,
};
use crate::{
    json::Json,
    model::{paste::Partner, registration::day},
    state::{Ctx, Shared},
};

/// Columns of the table.
const COLUMNS: [&str; 4] = ["Page", "Partner", "State", "Changed"];

/// A page as the list shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row {
    id: String,
    partner: String,
    /// Its address.
    url: String,
    headline: String,
    /// The version that the public sees; none for a draft.
    version: Option<i64>,
    /// Whether the draft differs from it.
    is_changed: bool,
    updated_at: String,
}

/// The list.
#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    partners: RwSignal<Shared<Vec<Partner>>>,
    rows: RwSignal<Vec<Row>>,
    more: RwSignal<bool>,
    /// Identifier of the partner whose pages are shown; empty for all.
    partner: RwSignal<String>,
    told: Told,
}

/// The pages, or the editor of the one that the address names.
#[component]
pub fn Pages() -> impl IntoView {
    let ctx = Ctx::get();
    let open = Memo::new(move |_| ctx.filters.with(|filters| filters.page.clone()));
    live(move || match open.get() {
        Some(id) => editor::show(ctx, id),
        None => list(ctx),
    })
}

/// Opens the editor of a page, or with none the list: a new entry in the history, so that the way back leads here.
fn open(ctx: Ctx, id: Option<String>) {
    crate::page::step(ctx, |filters| filters.page = id);
}

fn list(ctx: Ctx) -> AnyView {
    let board = Board {
        ctx,
        partners: RwSignal::new(Shared::new(Vec::new())),
        rows: RwSignal::new(Vec::new()),
        more: RwSignal::new(false),
        partner: RwSignal::new(String::new()),
        told: Told::nothing(),
    };
    // Partners come first: a row names its own, and so does the form.
    let asked = Asked::by(move |asked| {
        board.partner.track();
        spawn_local(async move {
            match named::partners(&[]).await {
                Ok(found) => {
                    board.partners.try_set(Shared::new(found));
                    next(board, asked, 0);
                }
                Err(refusal) => asked.failed(refusal),
            }
        });
    });
    let any = Memo::new(move |_| board.partners.with(|partners| !partners.is_empty()));
    view! {
        {board.told.show()}
        {live(move || any.get().then(|| form(new(board))))}
        <section class="panel" aria-labelledby="h-pages">
            <h2 id="h-pages">"Landing pages"</h2>
            {live(move || any.get().then(|| chosen(board)))}
            {asked.show(move || table(board))}
            {more_button(board.more, move || next(board, asked, board.rows.with_untracked(Vec::len)))}
        </section>
    }
    .into_any()
}

/// Whose pages are shown.
fn chosen(board: Board) -> AnyView {
    let option = |partner: &Partner| view! { <option value=partner.id.clone()>{partner.name.clone()}</option> };
    let partners = board.partners.with(|partners| partners.iter().map(option).collect_view());
    let options = view! { <option value="">"All partners"</option> {partners} }.into_any();
    let choice =
        choice("Partner", "owner", text(move || board.partner.get()), move |id| board.partner.set(id), options);
    view! { <div class="switches">{choice}</div> }.into_any()
}

/// Asks for the pages that follow on so many known ones.
fn next(board: Board, asked: Asked, known: usize) {
    let Some(partner) = board.partner.try_get_untracked() else { return };
    let path = if partner.is_empty() { path::PAGES.to_owned() } else { format!("{}?partnerId={partner}", path::PAGES) };
    further(&path, known, asked, board.more, move |found| {
        // Another partner may have been chosen meanwhile, whose pages are these then not.
        if board.partner.try_get_untracked().is_none_or(|now| now != partner) {
            return;
        }
        board.rows.try_update(|rows| {
            if known == 0 {
                rows.clear();
            }
            for row in found.iter().map(read) {
                if !rows.iter().any(|known| known.id == row.id) {
                    rows.push(row);
                }
            }
        });
    });
}

/// A page as the server writes it.
fn read(said: &Json) -> Row {
    Row {
        id: said.text("id"),
        partner: said.text("partnerId"),
        url: said.text("url"),
        headline: said.get("content").text("headline"),
        version: (said.text("state") == "live").then(|| said.number("version")).flatten(),
        is_changed: said.is("changed"),
        updated_at: said.text("updatedAt"),
    }
}

/// The form that makes a page: from a partner and a name.
fn new(board: Board) -> Form {
    let field = |name, label, hint, kind, required, max| Field { name, label, hint, kind, required, max };
    let partners = board.partners.with_untracked(|partners| named::choices(partners));
    Form {
        title: "New page",
        about: "It begins as a draft that nobody sees, with words made of the partner’s name and yours.".to_owned(),
        send: "Make the page",
        drawn: None,
        path: path::PAGES,
        fields: vec![
            field("partnerId", "Partner", "", Kind::Choice(partners), true, 64),
            field(
                "slug",
                "Name in the address",
                "Such as spring-sale. Without one it is the partner’s own page.",
                Kind::Line("text"),
                false,
                64,
            ),
        ],
        late: "The page is made: a draft that nobody sees yet.",
        done: Box::new(move |said| open(board.ctx, Some(said.text("id")))),
    }
}

fn table(board: Board) -> AnyView {
    let rows = board.rows.with(|rows| rows.iter().map(|row| line(board, row)).collect::<Vec<_>>());
    if rows.is_empty() {
        let title = if board.partner.get().is_empty() { "No landing pages yet" } else { "No such pages" };
        let why = if board.partners.with(|partners| partners.is_empty()) {
            "A page is a partner’s: enrol a partner first, by POST /api/partners or a file of them."
        } else {
            "Every partner has a plain page at their own address. Make one to say more there, or at an address of its own."
        };
        return view! { <div class="sorry"><h3>{title}</h3><p>{why}</p></div> }.into_any();
    }
    let head =
        |title: &'static str| view! { <th role="columnheader" scope="col" class:n=title == COLUMNS[3]>{title}</th> };
    view! {
        <table class="cards pages" role="table">
            <thead role="rowgroup"><tr role="row">{COLUMNS.map(head).collect_view()}</tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn line(board: Board, row: &Row) -> AnyView {
    let ctx = board.ctx;
    let at = bare(&row.url);
    let titled = !row.headline.is_empty();
    let title = if titled { row.headline.clone() } else { at.clone() };
    let id = row.id.clone();
    let partner = named::name_of(&board.partners.get_untracked(), &row.partner);
    let unsaved = kept::is_kept(&row.id).then(|| view! { <span class="badge unsaved">"Unsaved changes"</span> });
    let changed = day(&row.updated_at).map(|day| ctx.text(|locale| locale.span(day, day)));
    view! {
        <tr role="row" data-page=row.id.clone()>
            <td role="cell" class="lead">
                <button type="button" class="open" on:click=press(move || open(ctx, Some(id.clone())))>{title}</button>
                {titled.then(|| view! { <small class="address">{at}</small> })}
            </td>
            <td role="cell">{partner}</td>
            <td role="cell" class="standing">{standing(row.version, row.is_changed)}{unsaved}</td>
            <td role="cell" class="n" data-label=COLUMNS[3]>{changed}</td>
        </tr>
    }
    .into_any()
}

/// Where a page stands.
fn standing(version: Option<i64>, is_changed: bool) -> AnyView {
    let (word, sign, more) = match version {
        None => ("Draft", "open", String::new()),
        Some(version) => {
            let since = if is_changed { ", changed since" } else { "" };
            ("Published", "won", format!("Version {version}{since}"))
        }
    };
    view! { <span class=format!("stage {sign}")>{word}</span><small>{more}</small> }.into_any()
}

/// An address without its scheme.
fn bare(url: &str) -> String {
    url.split_once("://").map_or(url, |(_, rest)| rest).to_owned()
}
