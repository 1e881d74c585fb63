//! Links out of a pasted list: one address a line, or rows of a table; what each line would make, and what is wrong with it.

#[cfg(test)]
mod tests;

use engine::{
    link::{
        Naming, location,
        site::{Grounds, Site, destination},
        utm_of,
    },
    text::{Slug, Utm},
};
use wire::csv::{preset::bare, table};

/// Most lines of a list.
pub const LINES_MAX: usize = 1_000;
/// What stands in for the key of a link whose key the server draws, where a template names it.
pub const DRAWN: &str = "made-for-you";

/// What a list may say of a link, as the server calls it, in the order of a list without a header; and what a header may
/// call it, compared as [`bare`].
const COLUMNS: [(&str, &[&str]); 12] = [
    ("url", &["url", "address", "destination", "leadsto", "link"]),
    ("key", &["key", "slug", "shortlink", "lastpart"]),
    (PARTNER, &["partner", "partnerid", "partnername"]),
    ("utm_source", &["utmsource", "source"]),
    ("utm_medium", &["utmmedium", "medium"]),
    ("utm_campaign", &["utmcampaign", "campaign"]),
    ("utm_term", &["utmterm", "term"]),
    ("utm_content", &["utmcontent", "content"]),
    ("title", &["title", "name"]),
    ("description", &["description"]),
    ("image", &["image", "picture"]),
    ("comments", &["comments", "comment", "notes", "note"]),
];
const PARTNER: &str = "partner";

/// What links are held against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The host of short links, with its port.
    pub own: String,
    /// Hosts of short links beside it.
    pub domains: Vec<String>,
    /// Hosts that links may lead to.
    pub hosts: Vec<String>,
    /// The program's template.
    pub utm: Utm,
    /// The partners of the program.
    pub partners: Vec<Partner>,
}

impl Known {
    fn grounds(&self) -> Grounds<'_> {
        Grounds { own: &self.own, domains: &self.domains, hosts: &self.hosts }
    }
}

/// A partner, as far as links name one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partner {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// The name in addresses.
    pub slug: String,
    /// Name of the group.
    pub group: Option<String>,
    /// The group's template.
    pub utm: Utm,
    /// Whether no link is made for them any more.
    pub left: bool,
}

/// What holds for each line that does not say: names of [`COLUMNS`], and values.
pub type Defaults = Vec<(&'static str, String)>;

/// What is wrong with a line: the field, and the rule in words.
pub type Fault = (&'static str, String);

/// A line of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Where it begins, counted from 1.
    pub line: usize,
    /// The header that it stands under; empty for none.
    pub head: String,
    /// The line as it was written.
    pub raw: String,
    /// The last part of the short link; empty where the server draws it.
    pub key: String,
    /// Where a visitor arrives, but for the click's token; empty for what is no address.
    pub location: String,
    /// What is sent: names as the server has them, and values.
    pub sent: Vec<(&'static str, String)>,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

impl Line {
    /// What is sent under a name; empty for nothing.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.sent.iter().find(|(of, _)| *of == name).map_or("", |(_, value)| value)
    }

    /// Where a visitor of a link with this key arrives, but for the click's token: what the edge does, done here.
    #[must_use]
    pub fn leads_to(&self, key: &str, known: &Known) -> String {
        let partner = known.partners.iter().find(|partner| partner.id == self.value("partnerId"));
        let own = Utm::collect(|name| Some(self.value(name).to_owned()));
        location(self.value("url"), &naming(key, partner).apply(&own, &known.utm), None, "")
    }

    /// A number of what is sent (FNV-1a): the same link has the same, in whatever line it stands.
    #[must_use]
    pub fn sum(&self) -> u64 {
        let texts = self.sent.iter().flat_map(|(name, value)| [*name, value.as_str()]);
        let bytes = texts.flat_map(|text| text.bytes().chain([0]));
        bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    }
}

/// Reads a list; `site` reads an address as the browser does.
///
/// # Errors
/// What is wrong with it as a whole.
pub fn read(
    text: &str,
    defaults: &Defaults,
    known: &Known,
    site: &dyn Fn(&str) -> Option<Site>,
) -> Result<Vec<Line>, String> {
    let mut lines: Vec<Line> = Vec::new();
    for row in rows(text, &COLUMNS, "a column url has to say where the links lead.")? {
        let mut line = Desk { defaults, known, site }.line(&row);
        (line.line, line.head, line.raw) = (row.line, row.head, row.raw);
        repeated(&lines, &mut line);
        lines.push(line);
    }
    Ok(lines)
}

/// What a list may say, in the order of a list without a header, and what a header may call it, compared as [`bare`]. Nothing
/// is a header without the first of them.
pub type Columns = [(&'static str, &'static [&'static str])];

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it begins, counted from 1.
    pub line: usize,
    /// The header that it stands under; empty for none.
    pub head: String,
    /// The row as it was written.
    pub raw: String,
    columns: Vec<&'static str>,
    cells: Vec<String>,
}

impl Row {
    /// What stands in a column; empty for nothing.
    #[must_use]
    pub fn cell(&self, name: &str) -> &str {
        let cell = self.columns.iter().position(|column| *column == name).and_then(|i| self.cells.get(i));
        cell.map_or("", |cell| cell.trim())
    }

    /// That there are cells without a column.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let is_wider = self.cells.iter().skip(self.columns.len()).any(|cell| !cell.is_empty());
        is_wider.then(|| ("line", format!("has more cells than there are columns ({})", self.columns.len())))
    }
}

/// The rows of a list, without its headers.
///
/// # Errors
/// What is wrong with it as a whole; `missing` is said of a header that lacks the first column.
pub fn rows(text: &str, known: &Columns, missing: &str) -> Result<Vec<Row>, String> {
    let (_, rows) = table::rows(text).map_err(|fault| sentence(&fault.rule))?;
    if rows.len() > LINES_MAX {
        return Err(format!("A list has at most {LINES_MAX} lines: send it in parts."));
    }
    let written: Vec<&str> = text.lines().collect();
    let mut columns: Vec<&'static str> = known.iter().map(|(name, _)| *name).collect();
    let mut head = String::new();
    let mut all = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let from = row.line as usize - 1;
        let to = rows.get(i + 1).map_or(written.len(), |next| next.line as usize - 1);
        let raw = written.get(from..to).unwrap_or_default().join("\n").trim_end().to_owned();
        if is_head(known, &row.cells) {
            columns = named(known, &row.cells, missing).map_err(|why| format!("Line {}: {why}", row.line))?;
            head = raw;
            continue;
        }
        let (line, columns, cells) = (row.line as usize, columns.clone(), row.cells.clone());
        all.push(Row { line, head: head.clone(), raw, columns, cells });
    }
    Ok(all)
}

/// Lines of links as one list again.
#[must_use]
pub fn together<'a>(lines: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    joined(lines, &COLUMNS)
}

/// Lines as one list again.
#[must_use]
pub fn joined<'a>(lines: impl IntoIterator<Item = (&'a str, &'a str)>, columns: &Columns) -> String {
    let all = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",");
    let mut text = String::new();
    let mut under = "";
    for (head, raw) in lines {
        if head != under {
            text.push_str(if head.is_empty() { &all } else { head });
            text.push('\n');
            under = head;
        }
        text.push_str(raw);
        text.push('\n');
    }
    text
}

/// Whether a row names columns: no name of one is an address.
fn is_head(known: &Columns, cells: &[String]) -> bool {
    !cells.iter().any(|cell| cell.contains("://")) && cells.iter().any(|cell| column(known, cell).is_some())
}

fn column(known: &Columns, name: &str) -> Option<&'static str> {
    let name = bare(name);
    known.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(name, _)| *name)
}

fn named(known: &Columns, cells: &[String], missing: &str) -> Result<Vec<&'static str>, String> {
    let mut columns = Vec::new();
    for cell in cells {
        let all = known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let name = column(known, cell).ok_or(format!("no column is called “{cell}”. There are {all}."))?;
        if columns.contains(&name) {
            return Err(format!("two columns are the {name}."));
        }
        columns.push(name);
    }
    let has_first = known.first().is_none_or(|(first, _)| columns.contains(first));
    if has_first { Ok(columns) } else { Err(missing.to_owned()) }
}

/// A line that says what one before it says, or wants its key.
fn repeated(before: &[Line], line: &mut Line) {
    let same = before.iter().find(|other| other.sent == line.sent && !line.value("url").is_empty());
    let taken = before.iter().find(|other| !line.key.is_empty() && other.key == line.key);
    if let Some(other) = same {
        line.faults.push(("line", format!("says the same as line {}", other.line)));
    } else if let Some(other) = taken {
        line.faults.push(("key", format!("is the key of line {} already", other.line)));
    }
}

/// A rule as a sentence.
fn sentence(rule: &str) -> String {
    let mut rest = rule.chars();
    rest.next().map(|first| format!("The list {first}{}.", rest.as_str())).unwrap_or_default()
}

/// What lines are read with.
struct Desk<'a> {
    defaults: &'a Defaults,
    known: &'a Known,
    site: &'a dyn Fn(&str) -> Option<Site>,
}

impl Desk<'_> {
    fn line(&self, row: &Row) -> Line {
        let mut faults: Vec<Fault> = row.fault().into_iter().collect();
        // An address that carries a parameter says it.
        let carried = utm_of(row.cell("url"));
        let default = |name: &str| {
            let found = self.defaults.iter().find(|(of, _)| *of == name).map(|(_, value)| value);
            found.filter(|_| carried.get(name).is_none())
        };
        let value = |name: &str| {
            let said = Some(row.cell(name)).filter(|cell| !cell.is_empty());
            said.or_else(|| default(name).map(|value| value.trim())).unwrap_or_default()
        };
        let mut note = |field, found: Result<String, String>| {
            found.unwrap_or_else(|why| {
                faults.push((field, why));
                String::new()
            })
        };
        let url = match value("url") {
            "" => Err("is required".to_owned()),
            url => destination(url, self.site, self.known.grounds()).map_err(|e| e.to_string()),
        };
        let url = note("url", url);
        let key = match value("key") {
            "" => String::new(),
            key => note("key", Slug::coin(key).map(|slug| slug.to_string()).map_err(|e| e.to_string())),
        };
        let partner = whose(&self.known.partners, value(PARTNER));
        let id = note(PARTNER, partner.clone().map(|found| found.map_or(String::new(), |found| found.id.clone())));
        let shown = if key.is_empty() { DRAWN } else { &key };
        let template = naming(shown, partner.ok().flatten()).apply(&Utm::default(), &self.known.utm);
        faults.extend(conventions(&url, value, &template));
        faults.extend(texts(value));
        // What is wrong is kept as it was written: another try is another link.
        let kept = |name: &'static str| match name {
            "url" if !url.is_empty() => (name, url.clone()),
            "key" if !key.is_empty() => (name, key.clone()),
            PARTNER if !id.is_empty() => ("partnerId", id.clone()),
            _ => (name, value(name).to_owned()),
        };
        let sent = COLUMNS.iter().map(|(name, _)| kept(name)).filter(|(_, value)| !value.is_empty()).collect();
        let line = Line { key: key.clone(), sent, faults, ..Line::default() };
        let location = if url.is_empty() { String::new() } else { line.leads_to(shown, self.known) };
        Line { location, ..line }
    }
}

/// The partner whom a text names, by identifier, the name in addresses, or name; `None` where it names nobody.
///
/// # Errors
/// Why it is nobody whom something may be made for.
pub fn whose<'a>(all: &'a [Partner], text: &str) -> Result<Option<&'a Partner>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let is = |name: &str| name.eq_ignore_ascii_case(text) || name.to_lowercase() == text.to_lowercase();
    let mut called = all.iter().filter(|partner| is(&partner.name));
    let found = match all.iter().find(|partner| partner.id == text || is(&partner.slug)) {
        Some(found) => found,
        None => match (called.next(), called.next()) {
            (None, _) => {
                return Err(format!("is not known: “{text}” is no partner’s name, username or identifier"));
            }
            (Some(_), Some(_)) => return Err(format!("is not clear: several partners are called “{text}”")),
            (Some(found), None) => found,
        },
    };
    if found.left { Err(format!("has left the program: {}", found.name)) } else { Ok(Some(found)) }
}

/// What fills templates of a link.
fn naming(key: &str, partner: Option<&Partner>) -> Naming {
    Naming {
        link: key.to_owned(),
        partner: partner.map(|partner| partner.slug.clone()),
        group: partner.and_then(|partner| partner.group.clone()),
        utm: partner.map(|partner| partner.utm.clone()).unwrap_or_default(),
    }
}

/// What campaign parameters have against the program's conventions: what its templates set stays as they set it, an address
/// has none that the line says otherwise, and all are written alike, since `Spring` and `spring` would be two campaigns.
fn conventions<'v>(url: &str, value: impl Fn(&str) -> &'v str, template: &Utm) -> Vec<Fault> {
    let carried = utm_of(url);
    let mut faults = Vec::new();
    for name in Utm::NAMES {
        let own = value(name);
        let (field, said) = match carried.get(name) {
            Some(carried) if !own.is_empty() && own != carried => {
                faults.push((name, format!("is “{carried}” in the address already")));
                continue;
            }
            Some(carried) => ("url", carried),
            None => (name, own),
        };
        let of = if field == name { String::new() } else { format!("has a {name} that ") };
        if said.chars().count() > Utm::MAX {
            faults.push((field, format!("{of}must have at most {} characters", Utm::MAX)));
        } else if let Some(set) = template.get(name).filter(|set| !said.is_empty() && *set != said) {
            faults.push((field, format!("{of}must be “{set}”, as the program’s template has it")));
        } else if template.get(name).is_none() && said.chars().any(|c| c.is_whitespace() || c.is_uppercase()) {
            let words: Vec<&str> = said.split_whitespace().collect();
            let right = words.join("-").to_lowercase();
            faults.push((field, format!("{of}must be in lower case without spaces: “{right}”")));
        }
    }
    faults
}

/// What the texts of a preview and the notes have against the server's bounds.
fn texts<'v>(value: impl Fn(&str) -> &'v str) -> Vec<Fault> {
    let long = [("title", 200), ("description", 500), ("comments", 2_000)]
        .into_iter()
        .filter(|(name, max)| value(name).chars().count() > *max)
        .map(|(name, max)| (name, format!("must have at most {max} characters")));
    let image = value("image");
    let is_wrong = !image.is_empty() && (!image.starts_with("https://") || image.len() > 2_000);
    let image = is_wrong.then(|| ("image", "must be an https address of at most 2000 characters".to_owned()));
    long.chain(image).collect()
}
