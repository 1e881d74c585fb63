//! A file that is brought in: what its columns may mean, and what the server says of its rows.

use engine::money::Currency;
use wire::csv::{
    mapping::Field,
    partner,
    preset::{Preset, bare},
};

/// What a column may say of a sale, a refund or a lead: the field, its word on the wire, and its name for people.
pub const OF_SALES: [(Field, &str, &str); 21] = [
    (Field::At, "at", "Date"),
    (Field::Amount, "amount", "Amount"),
    (Field::Currency, "currency", "Currency"),
    (Field::Invoice, "invoice", "Invoice"),
    (Field::Customer, "customer", "Customer\u{2019}s identifier"),
    (Field::Email, "email", "Customer\u{2019}s e-mail"),
    (Field::Partner, "partner", "Partner"),
    (Field::PartnerEmail, "partnerEmail", "Partner\u{2019}s e-mail"),
    (Field::Link, "link", "Link\u{2019}s key"),
    (Field::Coupon, "coupon", "Coupon"),
    (Field::Type, "type", "Sale, refund or lead"),
    (Field::Refunded, "refunded", "Given back since"),
    (Field::RefundOf, "refundOf", "Invoice of a refund"),
    (Field::Status, "status", "Status"),
    (Field::Name, "name", "Customer\u{2019}s name"),
    (Field::Company, "company", "Customer\u{2019}s company"),
    (Field::Product, "product", "Product"),
    (Field::Recurring, "recurring", "Month or year, of what recurs"),
    (Field::Id, "id", "Row\u{2019}s identifier"),
    (Field::Charge, "charge", "Stripe\u{2019}s charge"),
    (Field::StripeCustomer, "stripeCustomer", "Stripe\u{2019}s customer"),
];

/// What a column may say of a partner.
pub const OF_PARTNERS: [(Field, &str, &str); 10] = [
    (Field::Email, "email", "E-mail"),
    (Field::Name, "name", "Name"),
    (Field::FirstName, "firstName", "First name"),
    (Field::LastName, "lastName", "Last name"),
    (Field::Company, "company", "Company"),
    (Field::Partner, "partner", "Your identifier"),
    (Field::Link, "link", "Link\u{2019}s key"),
    (Field::Coupon, "coupon", "Coupon"),
    (Field::Group, "group", "Group"),
    (Field::Status, "status", "Status"),
];

/// What columns of spreadsheets are called beside the words of the fields, without case and signs.
const CALLED: [(Field, &[&str]); 6] = [
    (Field::At, &["date", "day", "paidat", "paidon"]),
    (Field::Amount, &["total", "price", "sum"]),
    (Field::Invoice, &["invoiceid", "invoicenumber"]),
    (Field::Customer, &["customerid"]),
    (Field::Email, &["customeremail", "mail"]),
    (Field::Partner, &["partnerid", "affiliate"]),
];

/// The column that most likely says something, by its name; none where none is called so.
#[must_use]
pub fn guess(header: &[String], of_partners: bool, field: Field, word: &str) -> Option<String> {
    if of_partners {
        return partner::mapping(header).ok()?.columns.remove(&field);
    }
    let names = CALLED.iter().filter(|(of, _)| *of == field).flat_map(|(_, names)| names.iter().copied());
    let own = bare(word);
    let mut names = core::iter::once(own.as_str()).chain(names);
    let called = names.find_map(|name| header.iter().find(|column| bare(column) == name)).cloned();
    called.or_else(|| {
        // Whose columns it has most of, they may all be of.
        let known = Preset::ALL.iter().filter_map(|preset| preset.mapping(header).ok());
        known.max_by_key(|mapping| mapping.columns.len())?.columns.remove(&field)
    })
}

/// How many rows are what; those that are `similar` are new, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not recorded before.
    pub new: i64,
    /// Of those: may be a sale that is recorded under another key.
    pub similar: i64,
    /// Recorded already.
    pub matched: i64,
    /// Said by a row above.
    pub duplicate: i64,
    /// Recorded, or said, with other contents.
    pub conflicting: i64,
    /// Cannot be read, or breaks a rule.
    pub bad: i64,
}

/// A file that was brought in. A text that is not there is empty; times are RFC 3339.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Import {
    /// Identifier.
    pub id: String,
    /// `checked`, `applied` or `undone`.
    pub state: String,
    /// The file's name.
    pub name: String,
    /// The system whose export it is.
    pub preset: String,
    /// Whether its rows are partners.
    pub of_partners: bool,
    /// The names of its columns.
    pub header: Vec<String>,
    /// By which habits it was read: each, and how.
    pub read_as: Vec<(String, String)>,
    /// How many rows are what.
    pub counts: Counts,
    /// What the new rows come to, minor units by currency.
    pub totals: Vec<(Currency, i64)>,
    /// When it came.
    pub created_at: String,
    /// Who sent it.
    pub created_by: String,
    /// When it was applied.
    pub applied_at: String,
    /// When it was undone.
    pub undone_at: String,
    /// Sales that stayed when it was undone, by who else had told of them.
    pub kept: Vec<(String, i64)>,
}

/// A part of the rows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The state of its rows, as the server calls it.
    pub state: &'static str,
    /// How many.
    pub rows: i64,
    /// What they are, in words.
    pub label: &'static str,
    /// What that means.
    pub about: &'static str,
}

impl Import {
    /// How many rows the file has.
    #[must_use]
    pub fn rows(&self) -> i64 {
        self.parts().iter().map(|part| part.rows).sum()
    }

    /// Rows that are left out though somebody may have meant them.
    #[must_use]
    pub fn left_out(&self) -> i64 {
        self.counts.conflicting + self.counts.bad
    }

    /// All rows, each in one part: what is recorded, and every reason for which a row is not.
    #[must_use]
    pub fn parts(&self) -> [Part; 5] {
        let part = |state, rows, label, about| Part { state, rows, label, about };
        let counts = self.counts;
        let new = match self.state.as_str() {
            "applied" => "recorded",
            "undone" => "taken back",
            _ => "to record",
        };
        [
            part("new", counts.new, new, "Nothing recorded says them."),
            part(
                "matched",
                counts.matched,
                "known already",
                "Recorded before, by whichever door, and the same. They are not recorded again.",
            ),
            part("duplicate", counts.duplicate, "said twice", "A row above says the same. They count once."),
            part(
                "conflicting",
                counts.conflicting,
                "conflicting",
                "Recorded, or said by a row above, with other contents. They are left out: mend the file, or leave it so.",
            ),
            part("bad", counts.bad, "wrong", "They cannot be read, or break a rule. They are left out."),
        ]
    }

    /// Where it stands in words, and the class of its badge.
    #[must_use]
    pub fn standing(&self) -> (&'static str, &'static str) {
        match self.state.as_str() {
            "applied" => ("Recorded", "badge assisted"),
            "undone" => ("Undone", "badge"),
            _ => ("Dry run", "badge sourced"),
        }
    }

    /// Who brought it: a person's address, or a program.
    #[must_use]
    pub fn whose(&self) -> &str {
        if self.created_by.contains('@') { &self.created_by } else { "a program with a key" }
    }

    /// What it is called: the file's name, where it has one.
    #[must_use]
    pub fn title(&self) -> String {
        if self.name.is_empty() { "Pasted rows".to_owned() } else { self.name.clone() }
    }
}

/// The name for people of what a row lacks.
#[must_use]
pub fn label(of_partners: bool, word: &str) -> String {
    let all: &[_] = if of_partners { &OF_PARTNERS } else { &OF_SALES };
    all.iter().find(|(_, known, _)| *known == word).map_or(word, |(.., label)| label).to_owned()
}

/// What the server says of a whole file (`field: rule`), as a sentence.
#[must_use]
pub fn fault(said: &str) -> String {
    let sentence = |text: &str| {
        let mut rest = text.chars();
        rest.next().map_or_else(String::new, |first| {
            format!("{}{}.", first.to_uppercase(), rest.as_str().trim_end_matches('.'))
        })
    };
    match said.split_once(": ") {
        Some(("file", rule)) => sentence(&format!("the file {rule}")),
        Some(("mapping", rule)) if rule.starts_with("is required") => {
            "Nothing is known yet of files with these columns: say below which column means what. It is remembered."
                .to_owned()
        }
        Some(("preset", rule)) => sentence(rule),
        Some(("mapping.columns", rule)) => sentence(&format!("the columns: {rule}")),
        _ => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn every_row_is_in_one_part() {
        let counts = Counts { new: 4, similar: 2, matched: 3, duplicate: 1, conflicting: 2, bad: 5 };
        let import = Import { counts, ..Import::default() };
        assert_eq!((import.rows(), import.left_out()), (15, 7));
        let by = |whose: &str| Import { created_by: whose.into(), ..import.clone() }.whose().to_owned();
        assert_eq!([by("a@b.example"), by("key_1")], ["a@b.example", "a program with a key"]);
        let labels = |state: &str| Import { state: state.into(), ..import.clone() }.parts()[0].label;
        assert_eq!(["checked", "applied", "undone"].map(labels), ["to record", "recorded", "taken back"]);
    }

    #[test]
    fn columns_are_guessed_by_their_names() {
        let sheet = header(&["Invoice ID", "Date", "Amount", "Whatever", "customer_email"]);
        let guessed = |field, word| guess(&sheet, false, field, word);
        assert_eq!(guessed(Field::At, "at").as_deref(), Some("Date"));
        assert_eq!(guessed(Field::Invoice, "invoice").as_deref(), Some("Invoice ID"));
        assert_eq!(guessed(Field::Email, "email").as_deref(), Some("customer_email"));
        assert_eq!(guessed(Field::Coupon, "coupon"), None);
        let partners = header(&["Full name", "E-mail address"]);
        assert_eq!(guess(&partners, true, Field::Name, "name").as_deref(), Some("Full name"));
        assert_eq!(guess(&header(&["x"]), true, Field::Name, "name"), None);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_a_sentence() {
        assert_eq!(fault("file: must be text"), "The file must be text.");
        assert!(fault("mapping: is required for a file with the columns a, b").starts_with("Nothing is known yet"));
        assert_eq!(fault("mapping.columns: must name one"), "The columns: must name one.");
        assert_eq!(fault("No way"), "No way");
        assert_eq!((label(false, "at"), label(true, "odd")), ("Date".into(), "odd".into()));
    }
}
