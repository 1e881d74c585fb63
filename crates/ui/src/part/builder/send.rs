//! Making the lines of a list, and taking all of it back. Each line is sent under a name of its own, by which the server knows
//! it again: what became of a request whose answer was lost is asked for, and never done twice.

use leptos::{prelude::*, task::spawn_local};
use wire::path;

use super::{Builder, Checked, Made};
use crate::{
    api::{Refusal, Source},
    json::{Json, written},
    model::paste::{Known, Line, together},
    part::patient::patient,
    state::Shared,
};

/// Links of one request; the server takes a hundred. Fewer, so that it is seen how it goes.
const BATCH: usize = 25;

/// The name of a builder.
pub fn name() -> String {
    let part = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    format!("{:08x}{:08x}", part(), part())
}

/// The name of a line's link: the same line has the same, whenever it is sent.
pub fn id(name: &str, line: &Line) -> String {
    format!("list-{name}-{:016x}", line.sum())
}

/// Sends the good lines; those that are made leave the list.
pub fn make(builder: Builder) {
    let good = |lines: &Shared<Vec<Checked>>| {
        lines.iter().filter(|line| line.is_good).map(|line| line.line.clone()).collect::<Vec<Line>>()
    };
    let lines = builder.checked.with_untracked(good);
    if untrack(|| builder.is_busy()) || lines.is_empty() {
        return;
    }
    builder.progress.set(Some(("Making", 0, lines.len())));
    builder.said.update(|said| said.retain(|(sum, ..)| lines.iter().all(|line| line.sum() != *sum)));
    let (name, known) = (builder.name.get_value(), builder.known.get_untracked());
    let before = builder.made.with_untracked(Vec::len);
    let lines: Vec<(String, Line)> = lines.into_iter().map(|line| (id(&name, &line), line)).collect();
    spawn_local(async move {
        let lost = send(builder, &known, &lines).await;
        if builder.progress.try_set(None).is_some() {
            return;
        }
        let made = builder.made.with_untracked(Vec::len) - before;
        told(builder, made, lines.len(), lost);
        builder.store.fetch();
    });
}

/// Says what became of so many lines.
fn told(builder: Builder, made: usize, of: usize, lost: Option<Refusal>) {
    let mut words = match made {
        1 => "1 link is made and can be clicked.".to_owned(),
        _ => format!("{made} links are made and can be clicked."),
    };
    match lost {
        // Without an answer it is open what became of them.
        Some(refusal) => words.push_str(&format!(
            "\n{}\nWhat became of {} of {of} lines is not known: they stay in the list. Send them again, and nothing is made twice; or undo, and what was made of them is gone.",
            refusal.text(),
            of - made
        )),
        None if made < of => {
            words.push_str(&format!("\n{} of {of} lines were not taken, and stay in the list.", of - made));
        }
        None => {}
    }
    builder.told.tell(words, None);
}

/// Sends lines under their names, a batch after the other; answers why it came to an end before the last.
async fn send(builder: Builder, known: &Known, lines: &[(String, Line)]) -> Option<Refusal> {
    let source = Source::default();
    for (i, batch) in lines.chunks(BATCH).enumerate() {
        builder.sent.try_update(|sent| {
            for (id, _) in batch {
                if !sent.contains(id) {
                    sent.push(id.clone());
                }
            }
        });
        let items: Vec<String> = batch.iter().map(|(id, line)| item(line, id)).collect();
        let whole = |said: &Json| said.list().len() == batch.len();
        let said = match patient(&source, "POST", path::LINKS_BULK, &format!("[{}]", items.join(",")), whole).await {
            Ok((said, _)) => said.list(),
            Err(refusal) => return Some(refusal),
        };
        for ((id, line), said) in batch.iter().zip(&said) {
            match settle(&source, id, said).await {
                Ok(link) => keep(builder, made(known, line, id, &link)),
                Err((why, again)) => {
                    if !again {
                        builder.sent.try_update(|sent| sent.retain(|known| known != id));
                    }
                    builder.said.try_update(|all| all.push((line.sum(), why, again)));
                }
            }
        }
        taken(builder, batch);
        builder.progress.try_set(Some(("Making", (i * BATCH + batch.len()).min(lines.len()), lines.len())));
    }
    None
}

/// A line as it is sent.
fn item(line: &Line, id: &str) -> String {
    let pairs = line.sent.iter().map(|(name, value)| (*name, value.into()));
    written(&pairs.chain([("externalId", id.into())]).collect::<Vec<_>>())
}

/// What the answer to a line says: the link, also one that an earlier request has made; or why there is none, and whether it may
/// be sent again as it is.
async fn settle(source: &Source, id: &str, said: &Json) -> Result<Json, (String, bool)> {
    let why = said.text("error");
    if why.is_empty() {
        return Ok(said.clone());
    }
    if said.text("code") != "conflict" {
        let again = said.text("code") == "internal_server_error";
        return Err((why, again));
    }
    match patient(source, "GET", &format!("{}?externalId={id}", path::LINK_INFO), "", |_| true).await {
        Ok((link, _)) => Ok(link),
        Err(Refusal::Said { status: 404, .. }) => Err((why, false)),
        Err(refusal) => Err((refusal.text(), true)),
    }
}

fn made(known: &Known, line: &Line, id: &str, link: &Json) -> Made {
    let partner = known.partners.iter().find(|partner| partner.id == line.value("partnerId"));
    Made {
        id: id.to_owned(),
        short: link.text("shortLink"),
        location: line.leads_to(&link.text("key"), known),
        title: line.value("title").to_owned(),
        url: line.value("url").to_owned(),
        partner: partner.map(|partner| partner.name.clone()).unwrap_or_default(),
        head: line.head.clone(),
        raw: line.raw.clone(),
    }
}

/// Notes a link, unless it is noted.
fn keep(builder: Builder, made: Made) {
    builder.made.try_update(|all| {
        if all.iter().all(|known| known.id != made.id) {
            all.push(made);
        }
    });
}

/// Takes the lines whose links are made from the list, while it is shown.
fn taken(builder: Builder, batch: &[(String, Line)]) {
    let is_made = |made: &Vec<Made>, sum| {
        batch.iter().any(|(id, line)| line.sum() == sum && made.iter().any(|link| link.id == *id))
    };
    let stays =
        |line: &&Line| !builder.made.with_untracked(|made| is_made(made, line.sum())) || !line.faults.is_empty();
    let Some(read) = builder.read.try_get_untracked() else { return };
    let lines = read.as_deref().unwrap_or_default();
    builder.text.set(together(lines.iter().filter(stays).map(|line| (&*line.head, &*line.raw))));
}

/// What a request to take links back came to.
#[derive(Default)]
struct Back {
    /// Links that are gone.
    gone: usize,
    /// The names of those that stay, because somebody has changed or followed them.
    kept: Vec<String>,
}

/// Takes back everything that was made, and whatever else was sent: an answer may have been lost. What somebody has changed or
/// followed meanwhile stays, and is taken back by whoever presses again.
pub fn undo(builder: Builder) {
    let ids = builder.sent.get_untracked();
    if untrack(|| builder.is_busy()) || ids.is_empty() {
        return;
    }
    builder.progress.set(Some(("Taking back", 0, ids.len())));
    let (anyway, untouched): (Vec<String>, Vec<String>) =
        builder.kept.with_value(|kept| ids.iter().cloned().partition(|id| kept.contains(id)));
    spawn_local(async move {
        let source = Source::default();
        let (mut all, mut failed, mut done) = (Back::default(), None, 0);
        let batches = [(&untouched, "&untouched=true"), (&anyway, "")]
            .into_iter()
            .flat_map(|(ids, how)| ids.chunks(2 * BATCH).map(move |batch| (batch, how)));
        for (batch, how) in batches {
            match take_back(builder, &source, batch, how).await {
                Ok(back) => {
                    all.gone += back.gone;
                    all.kept.extend(back.kept);
                }
                Err(refusal) => {
                    failed = Some(refusal);
                    break;
                }
            }
            done += batch.len();
            builder.progress.try_set(Some(("Taking back", done, ids.len())));
        }
        if builder.progress.try_set(None).is_some() {
            return;
        }
        match failed {
            Some(refusal) => {
                builder.told.tell(format!("{} Undo again: what is gone stays gone.", refusal.text()), None);
            }
            None => restore(builder, &all),
        }
        builder.store.fetch();
    });
}

async fn take_back(builder: Builder, source: &Source, batch: &[String], how: &str) -> Result<Back, Refusal> {
    let named: Vec<String> = batch.iter().map(|id| format!("ext_{id}")).collect();
    let address = format!("{}?linkIds={}{how}", path::LINKS_BULK, named.join(","));
    let (said, was_lost) =
        patient(source, "DELETE", &address, "", |said| said.number("deletedCount").is_some()).await?;
    let kept: Vec<String> = said
        .get("keptIds")
        .list()
        .iter()
        .filter_map(|id| Some(id.own_text()?.strip_prefix("ext_")?.to_owned()))
        .collect();
    let gone = if was_lost {
        // What an answer that was lost had counted, the one after it does not.
        let is_gone = |link: &&Made| batch.contains(&link.id) && !kept.contains(&link.id);
        builder.made.try_with_untracked(|made| made.iter().filter(is_gone).count()).unwrap_or_default()
    } else {
        said.number("deletedCount").unwrap_or_default() as usize
    };
    Ok(Back { gone, kept })
}

/// Puts the lines of what is gone back into the list, before those that stand there.
fn restore(builder: Builder, back: &Back) {
    let (made, rest) = (builder.made.get_untracked(), builder.checked.get_untracked());
    let (stay, gone): (Vec<Made>, Vec<Made>) = made.into_iter().partition(|link| back.kept.contains(&link.id));
    let lines = gone.iter().map(|link| (&*link.head, &*link.raw));
    builder.text.set(together(lines.chain(rest.iter().map(|rest| (&*rest.line.head, &*rest.line.raw)))));
    builder.made.set(stay);
    builder.said.set(Vec::new());
    builder.sent.set(back.kept.clone());
    builder.kept.set_value(back.kept.clone());
    let mut words = match back.gone {
        0 if !back.kept.is_empty() => "No link was taken back.".to_owned(),
        1 => "1 link is gone, and its line stands in the list again.".to_owned(),
        gone => format!("{gone} links are gone, and the lines stand in the list again."),
    };
    match back.kept.len() {
        0 => {}
        1 => words.push_str("\n1 stays: somebody has changed or followed it meanwhile. Undo again takes it back, too."),
        kept => words.push_str(&format!(
            "\n{kept} stay: somebody has changed or followed them meanwhile. Undo again takes them back, too."
        )),
    }
    builder.told.tell(words, None);
}
