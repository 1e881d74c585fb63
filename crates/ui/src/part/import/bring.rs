//! Bringing a file: chosen, dropped or pasted; read here as the server will read it, so that what its columns are called is
//! known before anything is sent; then checked by the server, which asks what the file leaves open.

use js_sys::{Uint8Array, encode_uri_component};
use leptos::{ev::DragEvent, html, prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, File, HtmlInputElement};
use wire::{
    csv::{BYTES_MAX, ROWS_MAX, encoding::decode, preset::Preset, table::Table},
    path,
};

use super::{Desk, keep, read};
use crate::{
    api::{Refusal, Source},
    json::{Json, object, written},
    model::import::{OF_PARTNERS, OF_SALES, fault, guess},
    part::{
        form::{self, Faults, Field, Kind, Signs, Whys},
        live, press,
        registrations::currencies,
        server::Asked,
        text, when,
    },
    state::Shared,
};

/// A file as it was chosen.
pub struct Sheet {
    name: String,
    bytes: Vec<u8>,
    header: Vec<String>,
    rows: usize,
}

/// What is asked beside the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    /// Nothing: the server may know it.
    Nothing,
    /// How an export is to be read whose columns are known.
    Habits,
    /// What each column means, too.
    Columns,
}

/// Where a file is brought.
#[derive(Clone, Copy)]
pub struct Bench {
    pub desk: Desk,
    sheet: RwSignal<Option<Shared<Sheet>>>,
    of_partners: RwSignal<bool>,
    preset: RwSignal<String>,
    asking: RwSignal<Asking>,
    /// What is wrong with the file.
    why: RwSignal<String>,
    /// What is wrong with the answers to what is asked, field by field.
    whys: StoredValue<Whys>,
    signs: StoredValue<Signs>,
    questions: NodeRef<html::Div>,
    picker: NodeRef<html::Input>,
    paste: NodeRef<html::Textarea>,
    /// The file that was checked last, and its import.
    pub last: RwSignal<Option<(String, Shared<Sheet>)>>,
}

impl Bench {
    /// Nothing is chosen yet.
    pub fn new(desk: Desk) -> Self {
        Self {
            desk,
            sheet: RwSignal::new(None),
            of_partners: RwSignal::new(false),
            preset: RwSignal::new(String::new()),
            asking: RwSignal::new(Asking::Nothing),
            why: RwSignal::new(String::new()),
            whys: StoredValue::new(Whys::new()),
            signs: StoredValue::new(form::signs()),
            questions: NodeRef::new(),
            picker: NodeRef::new(),
            paste: NodeRef::new(),
            last: RwSignal::new(None),
        }
    }

    /// Takes the file of an import up again, to say otherwise what its columns mean.
    pub fn again(self, sheet: Shared<Sheet>) {
        self.asking.set(Asking::Nothing);
        self.sheet.set(Some(sheet));
        self.ask(Asking::Columns, Faults::new());
    }

    /// Reads bytes as the server will.
    fn take(self, name: String, bytes: Vec<u8>) {
        let table = decode(&bytes).and_then(|(_, text)| Table::read(&text));
        self.asking.set(Asking::Nothing);
        match table {
            Ok(Table { header, rows, .. }) => {
                self.why.set(String::new());
                self.sheet.set(Some(Shared::new(Sheet { name, bytes, header, rows: rows.len() })));
            }
            Err(wrong) => {
                self.why.set(fault(&wrong.to_string()));
                self.sheet.set(None);
            }
        }
    }

    /// Takes a file, unless it is longer than the server takes.
    fn pick(self, file: File) {
        if let Some(paste) = self.paste.get_untracked() {
            paste.set_value("");
        }
        if file.size() > BYTES_MAX as f64 {
            self.sheet.set(None);
            return self.why.set("The file has more than 4 MB: send it in parts, each with the header.".to_owned());
        }
        spawn_local(async move {
            match JsFuture::from(file.array_buffer()).await {
                Ok(buffer) => self.take(file.name(), Uint8Array::new(&buffer).to_vec()),
                Err(_) => self.why.set("The file could not be read. Choose it again.".to_owned()),
            }
        });
    }

    /// Asks for what is missing, and tells what was wrong with it. What was answered stays where the same is asked.
    fn ask(self, asking: Asking, faults: Faults) {
        if self.asking.get_untracked() != asking {
            self.whys.set_value(form::whys(&self.fields(asking)));
            self.asking.set(asking);
        }
        request_animation_frame(move || {
            let Some(element) = self.questions.try_get_untracked().flatten() else { return };
            self.whys.with_value(|whys| form::tell(whys, &element, &faults));
            if faults.is_empty() {
                form::focus(&element, self.fields(asking).first().map_or("", |field| field.name));
            }
        });
    }

    /// What is asked: the habits of a file, and what its columns mean.
    fn fields(self, asking: Asking) -> Vec<Field> {
        let choice = |name, label, hint, choices: Vec<(String, String)>| Field {
            name,
            label,
            hint,
            kind: Kind::Choice(choices),
            required: false,
            max: 200,
        };
        let words = |words: &[(&str, &str)]| {
            let word = |(value, name): &(&str, &str)| ((*value).to_owned(), (*name).to_owned());
            words.iter().map(word).collect::<Vec<_>>()
        };
        let header = self.sheet.with_untracked(|sheet| sheet.as_ref().map(|sheet| sheet.header.clone()));
        let (header, of_partners) = (header.unwrap_or_default(), self.of_partners.get_untracked());
        let mut fields = Vec::new();
        if asking == Asking::Columns {
            let all: &[_] = if of_partners { &OF_PARTNERS } else { &OF_SALES };
            fields.extend(all.iter().map(|(field, word, label)| {
                let guessed = guess(&header, of_partners, *field, word);
                let none = (String::new(), "Not in this file".to_owned());
                let named = header.iter().filter(|name| !name.is_empty() && Some(*name) != guessed.as_ref());
                let column = |name: &String| (name.clone(), name.clone());
                let first = guessed.iter().map(column);
                choice(word, label, "", first.chain([none]).chain(named.map(column)).collect())
            }));
        }
        if asking != Asking::Nothing && !of_partners {
            let own = vec![(String::new(), "The program’s".to_owned())];
            fields.extend([
                choice(
                    "dates",
                    "How dates are written",
                    "",
                    words(&[
                        ("", "As they show themselves"),
                        ("day_first", "Day, month, year"),
                        ("month_first", "Month, day, year"),
                        ("iso", "Year, month, day"),
                    ]),
                ),
                choice(
                    "decimal",
                    "Decimal sign",
                    "",
                    words(&[("", "As it shows itself"), ("point", "Point: 1,299.00"), ("comma", "Comma: 1.299,00")]),
                ),
                choice(
                    "units",
                    "What whole amounts count",
                    "",
                    words(&[
                        ("", "As usual for the file"),
                        ("major", "Whole units, such as dollars"),
                        ("minor", "The smallest units, such as cents"),
                    ]),
                ),
                choice(
                    "ownCurrency",
                    "Currency, where the file does not say",
                    "",
                    own.into_iter().chain(currencies(self.desk.ctx)).collect(),
                ),
            ]);
        }
        fields
    }

    /// What was answered, as the server takes it; empty where nothing was asked.
    fn mapping(self) -> Result<String, Faults> {
        let asking = self.asking.get_untracked();
        let Some(element) = self.questions.get_untracked().filter(|_| asking != Asking::Nothing) else {
            return Ok(String::new());
        };
        let fields = self.fields(asking);
        let said = self.signs.with_value(|signs| form::read(&fields, &element, signs))?;
        let said = Json::read(&said).unwrap_or_else(|| Json::of(JsValue::NULL));
        let habits = ["dates", "decimal", "units", "ownCurrency"];
        let columns = fields.iter().filter(|field| !habits.contains(&field.name));
        let columns: Vec<(&str, JsValue)> = columns.map(|field| (field.name, said.text(field.name).into())).collect();
        Ok(written(&[
            ("columns", object(&columns)),
            ("dates", said.text("dates").into()),
            ("decimal", said.text("decimal").into()),
            ("units", said.text("units").into()),
            ("currency", said.text("ownCurrency").into()),
        ]))
    }

    /// Sends the file; the server holds it against what is recorded, and keeps it.
    fn check(self, asked: Asked) {
        let desk = self.desk;
        if desk.checking.get_untracked() {
            return;
        }
        let Some(sheet) = self.sheet.get_untracked() else {
            if self.why.with_untracked(String::is_empty) {
                self.why.set("Choose a file first, or paste its rows.".to_owned());
            }
            if let Some(picker) = self.picker.get_untracked() {
                // Fails only for an element that is not in the page any more.
                let _ = picker.focus();
            }
            return;
        };
        let mapping = match self.mapping() {
            Ok(mapping) => mapping,
            Err(faults) => return self.ask(self.asking.get_untracked(), faults),
        };
        let about = if self.of_partners.get_untracked() { "partners" } else { "" };
        let pairs = [
            ("about", about),
            ("preset", &*self.preset.get_untracked()),
            ("mapping", &*mapping),
            ("name", &*sheet.name),
        ];
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let pairs = pairs.map(|(name, value)| format!("{name}={}", String::from(encode_uri_component(value))));
        let address = format!("{}?{}", path::IMPORTS, pairs.collect::<Vec<_>>().join("&"));
        desk.checking.set(true);
        self.why.set(String::new());
        spawn_local(async move {
            let body = Uint8Array::from(&*sheet.bytes).into();
            let answer = Source::default().send_as("text/csv", "POST", &address, &body).await;
            // The reader may have gone elsewhere meanwhile.
            if desk.checking.try_set(false).is_some() {
                if let Some(late) = desk.late {
                    let words = format!("{} is checked: open it under Import.", title(&sheet.name));
                    late.tell(&title(&sheet.name), &words, answer.map(drop));
                }
                return;
            }
            match answer {
                Ok(said) => self.checked(&said, sheet),
                Err(refusal) => self.refused(refusal, asked),
            }
        });
    }

    fn checked(self, said: &Json, sheet: Shared<Sheet>) {
        let import = read(said);
        let words = "The file is checked, and nothing of it is recorded yet: look below at what would be.";
        self.last.set(Some((import.id.clone(), sheet)));
        self.sheet.set(None);
        self.asking.set(Asking::Nothing);
        if let Some(picker) = self.picker.get_untracked() {
            picker.set_value("");
        }
        if let Some(paste) = self.paste.get_untracked() {
            paste.set_value("");
        }
        keep(self.desk, import);
        self.desk.told.tell(words.to_owned(), None);
    }

    fn refused(self, refusal: Refusal, asked: Asked) {
        let said = match refusal {
            Refusal::Said { status: 422, text } => text,
            Refusal::Said { text, .. } => return self.why.set(text),
            Refusal::Failed(failure) => {
                // The answer may be what was lost: then it stands in the list.
                asked.again();
                let words =
                    "Should the file have arrived, it stands below; nothing of it is recorded before you say so.";
                return self.why.set(format!("{} {words}", failure.advice()));
            }
        };
        let is_preset = !self.preset.with_untracked(String::is_empty);
        let is_about = |names: &[&str]| names.iter().any(|name| said.starts_with(&format!("{name}: ")));
        if is_about(&["file", "preset"]) {
            return self.why.set(fault(&said));
        }
        let asking = match self.asking.get_untracked() {
            Asking::Nothing if is_preset && is_about(&["dates", "decimal", "units"]) => Asking::Habits,
            Asking::Nothing => Asking::Columns,
            asked => asked,
        };
        let (field, why) = form::blame(&self.fields(asking), said);
        if field.is_empty() {
            self.why.set(fault(&why));
        }
        self.ask(asking, if field.is_empty() { Faults::new() } else { vec![(field, why)] });
    }
}

fn title(name: &str) -> String {
    if name.is_empty() { "What was pasted".to_owned() } else { name.to_owned() }
}

/// Where a file is chosen and sent.
pub fn show(bench: Bench, asked: Asked) -> impl IntoView {
    let desk = bench.desk;
    let picked = move |event: Event| {
        let input: HtmlInputElement = event_target(&event);
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            bench.pick(file);
        }
    };
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        let file = event.data_transfer().and_then(|dropped| dropped.files()).and_then(|files| files.get(0));
        if let Some(file) = file {
            bench.pick(file);
        }
    };
    let pasted = move |event: Event| {
        let text = event_target_value(&event);
        if text.trim().is_empty() {
            bench.why.set(String::new());
            bench.sheet.set(None);
        } else {
            bench.take(String::new(), text.into_bytes());
        }
    };
    let export = Preset::ALL.map(|preset| {
        let name = match preset {
            Preset::Dub => "Dub",
            Preset::PartnerStack => "PartnerStack",
            Preset::Rewardful => "Rewardful",
            Preset::FirstPromoter => "FirstPromoter",
        };
        view! { <option value=preset.word()>{name}</option> }
    });
    let about = move |value: String| {
        bench.of_partners.set(value == "partners");
        bench.asking.set(Asking::Nothing);
    };
    let whose = move |value: String| {
        bench.preset.set(value);
        bench.asking.set(Asking::Nothing);
    };
    let summary = move || {
        bench.sheet.get().map(|sheet| {
            let count = desk.ctx.text(|locale| locale.count(sheet.rows as i64));
            let columns = sheet.header.join(", ");
            view! {
                <p class="sum" role="status" data-sheet=sheet.rows.to_string()>
                    <strong>{title(&sheet.name)}</strong>
                    {format!(": {count} {}, with the columns {columns}.", if sheet.rows == 1 { "row" } else { "rows" })}
                </p>
            }
        })
    };
    let questions = move || {
        let asking = bench.asking.get();
        (asking != Asking::Nothing).then(|| {
            let fields = bench.fields(asking);
            let rows = bench.whys.with_value(|whys| form::rows(&fields, whys));
            view! {
                <h3>{if asking == Asking::Columns { "Which column says what" } else { "How it is to be read" }}</h3>
                <div class="typed shared" node_ref=bench.questions>{rows}</div>
            }
        })
    };
    let busy = move || desk.checking.get();
    let words = move || if busy() { "Checking…".to_owned() } else { "Check the file".to_owned() };
    view! {
        <section class="panel importer" aria-labelledby="h-bring" on:dragover=move |event| event.prevent_default() on:drop=dropped>
            <h2 id="h-bring">"Bring a file"</h2>
            <p class="quiet-text">
                "First a dry run: it shows what would be recorded, what is known already and what is wrong. Nothing is recorded before you say so, and it can be undone."
            </p>
            <div class="typed">
                <div class="field">
                    <label for="import-about">"What is in it"</label>
                    <select id="import-about" on:change=move |event| about(event_target_value(&event))>
                        <option value="">"Sales, refunds and leads"</option>
                        <option value="partners">"Partners to enrol"</option>
                    </select>
                </div>
                <div class="field">
                    <label for="import-preset">"Whose export it is"</label>
                    <select id="import-preset" on:change=move |event| whose(event_target_value(&event))>
                        <option value="">"A spreadsheet, or another system"</option>
                        {export.into_iter().collect_view()}
                    </select>
                </div>
                <div class="field whole drop">
                    <label for="import-file">"CSV file"</label>
                    <input
                        type="file"
                        id="import-file"
                        accept=".csv,.tsv,.txt,text/csv"
                        node_ref=bench.picker
                        aria-describedby="import-hint import-fault"
                        aria-invalid=text(move || (!bench.why.get().is_empty()).to_string())
                        on:change=picked
                    />
                    <small id="import-hint">{format!("Or drop it here. At most 4 MB and {} rows at once.", desk.ctx.count(ROWS_MAX as u64))}</small>
                </div>
                <div class="field whole">
                    <label for="import-paste">"Or paste its rows" <small>" optional"</small></label>
                    <textarea id="import-paste" rows="2" spellcheck="false" autocomplete="off" wrap="off" node_ref=bench.paste on:input=pasted></textarea>
                </div>
            </div>
            <p class="fault" id="import-fault" role="alert">{move || bench.why.get()}</p>
            {live(summary)}
            {live(questions)}
            <div class="acts">
                <button type="button" class="strong" aria-disabled=text(move || busy().to_string()) on:click=press(move || bench.check(asked))>
                    {text(words)}
                </button>
                {when(busy, move || view! { <progress aria-label="Checking the file"></progress> })}
            </div>
        </section>
    }
}
