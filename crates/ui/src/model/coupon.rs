//! Coupons: whose each is and when it holds; what a line of a list or a form would make, and what is wrong with it.

use engine::{
    period::Zone,
    text::Coupon as Code,
    time::{Day, Time},
};
use wire::coupon::{PRODUCTS_MAX, new_code};

use super::{
    csv,
    locale::Locale,
    paste::{self, Columns, Fault, Partner, Row, whose},
    typed::time,
};

/// What a list may say of a coupon, in the order of a list without a header.
pub const COLUMNS: &Columns = &[
    ("code", &["code", "coupon", "couponcode", "discountcode"]),
    ("partner", &["partner", "partnerid", "partnername"]),
    ("from", &["from", "startsat", "starts", "validfrom", "start"]),
    ("until", &["until", "endsat", "ends", "validuntil", "end", "to"]),
    ("products", &["products", "product", "for"]),
];

/// A coupon as the server tells of it. Times are RFC 3339, empty for none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coupon {
    /// The code.
    pub code: String,
    /// Identifier of the partner.
    pub partner: String,
    /// From when on it holds.
    pub starts_at: String,
    /// First moment at which it no longer holds.
    pub ends_at: String,
    /// The products that it is for; none for every product.
    pub products: Vec<String>,
}

/// Whether a coupon holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Active,
    /// Its time has not come.
    Scheduled,
    /// Its time is over.
    Ended,
}

impl Standing {
    /// All, with the word that chooses each and its name.
    pub const ALL: [(Self, &str, &str); 3] = [
        (Self::Active, "active", "Active"),
        (Self::Scheduled, "scheduled", "Scheduled"),
        (Self::Ended, "ended", "Ended"),
    ];

    /// Its name on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("", |(_, _, title)| title)
    }

    /// Its word in an address or a file.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("", |(_, word, _)| word)
    }
}

impl Coupon {
    /// Whether it holds.
    #[must_use]
    pub fn standing(&self, now: Time) -> Standing {
        match (time(&self.starts_at), time(&self.ends_at)) {
            (_, Some(end)) if end <= now => Standing::Ended,
            (Some(start), _) if start > now => Standing::Scheduled,
            _ => Standing::Active,
        }
    }

    /// The first and the last day on which it holds, in the program's time zone.
    #[must_use]
    pub fn days(&self, zone: &Zone) -> (Option<Day>, Option<Day>) {
        let last = |end: Time| zone.day(Time(end.0.saturating_sub(1)));
        (time(&self.starts_at).map(|at| zone.day(at)), time(&self.ends_at).map(last))
    }

    /// When it holds, in words.
    #[must_use]
    pub fn holds(&self, zone: &Zone, locale: &Locale) -> String {
        let day = |day| locale.span(day, day);
        match self.days(zone) {
            (None, None) => "Always".to_owned(),
            (Some(first), None) => format!("From {}", day(first)),
            (None, Some(last)) => format!("Until {}", day(last)),
            (Some(first), Some(last)) => format!("{} to {}", day(first), day(last)),
        }
    }

    /// What it is for, in words.
    #[must_use]
    pub fn of_products(&self) -> String {
        if self.products.is_empty() { "All".to_owned() } else { self.products.join(", ") }
    }

    /// Whether a text that somebody looks for is in it or in the name of its partner.
    #[must_use]
    pub fn is_like(&self, sought: &str, partner: &str) -> bool {
        let sought = sought.trim().to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&sought);
        holds(&self.code) || holds(partner) || self.products.iter().any(|product| holds(product))
    }
}

/// What coupons are held against.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The partners of the program.
    pub partners: Vec<Partner>,
    /// The coupons that there are.
    pub coupons: Vec<Coupon>,
    /// The program's time zone.
    pub zone: Zone,
}

/// A coupon that is to be made or changed, as somebody writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The code.
    pub code: String,
    /// Identifier or name of the partner.
    pub partner: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub until: String,
    /// Products, with semicolons or line ends between them.
    pub products: String,
}

/// What a line would make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Where it begins, counted from 1.
    pub line: usize,
    /// The header that it stands under; empty for none.
    pub head: String,
    /// The line as it was written.
    pub raw: String,
    /// The coupon.
    pub coupon: Coupon,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

impl Known {
    /// The coupon with a code, however it is written.
    #[must_use]
    pub fn coupon(&self, code: &str) -> Option<&Coupon> {
        let code = Code::new(code).ok()?;
        self.coupons.iter().find(|coupon| coupon.code == code.as_str())
    }

    /// What a partner is called; the identifier of one whom nobody knows.
    #[must_use]
    pub fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.partners.iter().find(|partner| partner.id == id).map_or(id, |partner| &partner.name)
    }

    /// What the server makes of a code that somebody types; what is wrong with it as it would be said of the field.
    ///
    /// # Errors
    /// The rule that it breaks, or whose it is already.
    pub fn code(&self, text: &str) -> Result<String, String> {
        if text.trim().is_empty() {
            return Ok(String::new());
        }
        let code = new_code(text).map_err(|fault| fault.rule)?;
        match self.coupon(code.as_str()) {
            Some(coupon) => Err(format!("is a coupon of {} already", self.name_of(&coupon.partner))),
            None => Ok(code.as_str().to_owned()),
        }
    }

    /// What is written as a coupon, and what is wrong with it; `of` is the one that is changed, which keeps its code and its
    /// partner, and its times where their days stay.
    #[must_use]
    pub fn check(&self, written: &Written, of: Option<&Coupon>) -> (Coupon, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut note = |field, found: Result<String, String>| {
            found.unwrap_or_else(|why| {
                faults.push((field, why));
                String::new()
            })
        };
        let (code, partner) = match of {
            Some(coupon) => (coupon.code.clone(), coupon.partner.clone()),
            None => {
                let partner = whose(&self.partners, written.partner.trim());
                let partner = partner.and_then(|found| found.ok_or_else(|| "must be named".to_owned()));
                (note("code", self.code(&written.code)), note("partner", partner.map(|found| found.id.clone())))
            }
        };
        let (first, last) = of.map_or((None, None), |coupon| coupon.days(&self.zone));
        let bound = |text: &str, before: Option<Day>, kept: Option<&str>, end: bool| {
            let text = text.trim();
            if text.is_empty() {
                return Ok(String::new());
            }
            // A full time is taken as it stands.
            if let Some(at) = time(text) {
                return Ok(at.to_string());
            }
            let day = text.parse::<Day>().map_err(|_| format!("must be a day like 2026-12-31, and is “{text}”"))?;
            if let Some(kept) = kept.filter(|_| before == Some(day)) {
                return Ok(kept.to_owned());
            }
            let span = self.zone.span(day, day);
            Ok((if end { span.until } else { span.from }).to_string())
        };
        let starts = bound(&written.from, first, of.map(|coupon| &*coupon.starts_at), false);
        let ends = bound(&written.until, last, of.map(|coupon| &*coupon.ends_at), true);
        let (starts_at, mut ends_at) = (note("from", starts), note("until", ends));
        if time(&starts_at).zip(time(&ends_at)).is_some_and(|(start, end)| end <= start) {
            ends_at = note("until", Err("must not lie before the first day".to_owned()));
        }
        let products = written.products.split([';', '\n', '|']).map(str::trim).filter(|text| !text.is_empty());
        let products: Vec<String> = products.map(str::to_owned).collect();
        if products.len() > PRODUCTS_MAX {
            note("products", Err(format!("must be at most {PRODUCTS_MAX}")));
        }
        (Coupon { code, partner, starts_at, ends_at, products }, faults)
    }

    /// Reads a pasted list; `partner` is whose those are that do not say.
    ///
    /// # Errors
    /// What is wrong with it as a whole.
    pub fn read(&self, text: &str, partner: &str) -> Result<Vec<Line>, String> {
        let mut lines: Vec<Line> = Vec::new();
        for row in paste::rows(text, COLUMNS, "a column code has to say what people type.")? {
            let mut line = self.line(&row, partner);
            let before =
                lines.iter().find(|other| !line.coupon.code.is_empty() && other.coupon.code == line.coupon.code);
            if let Some(before) = before {
                line.faults.push(("code", format!("stands in line {} already", before.line)));
            }
            lines.push(line);
        }
        Ok(lines)
    }

    fn line(&self, row: &Row, partner: &str) -> Line {
        let own = row.cell("partner");
        let written = Written {
            code: row.cell("code").to_owned(),
            partner: if own.is_empty() { partner } else { own }.to_owned(),
            from: row.cell("from").to_owned(),
            until: row.cell("until").to_owned(),
            products: row.cell("products").to_owned(),
        };
        let (coupon, found) = self.check(&written, None);
        let mut faults: Vec<Fault> = row.fault().into_iter().chain(found).collect();
        if written.code.is_empty() {
            faults.push(("code", "is required".to_owned()));
        }
        Line { line: row.line, head: row.head.clone(), raw: row.raw.clone(), coupon, faults }
    }
}

/// A code out of a partner's name and a number that nobody guesses, as the server makes one. Made here, it is the same one when
/// it is sent again.
#[must_use]
pub fn drawn(name: &str, number: u32) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    format!("{}{:06X}", letters.to_ascii_uppercase(), number & 0x00ff_ffff)
}

/// Coupons as a file: one a line; `figures` say how often each was redeemed and what it brought, in units of the currency.
#[must_use]
pub fn file<'a>(
    known: &Known,
    coupons: impl Iterator<Item = (&'a Coupon, u64, String)>,
    currency: &str,
    now: Time,
) -> String {
    let head = [
        "code",
        "partner",
        "partner_id",
        "state",
        "from",
        "until",
        "products",
        "uses",
        "attributed_revenue",
        "currency",
    ];
    let row = |(coupon, uses, revenue): (&Coupon, u64, String)| {
        vec![
            coupon.code.clone(),
            known.name_of(&coupon.partner).to_owned(),
            coupon.partner.clone(),
            coupon.standing(now).word().to_owned(),
            coupon.starts_at.clone(),
            coupon.ends_at.clone(),
            coupon.products.join(";"),
            uses.to_string(),
            revenue,
            currency.to_owned(),
        ]
    };
    let head = head.map(str::to_owned).to_vec();
    csv::written(&core::iter::once(head).chain(coupons.map(row)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let partner = |id: &str, name: &str| Partner {
            id: id.into(),
            name: name.into(),
            slug: name.to_lowercase(),
            ..Partner::default()
        };
        let coupons = vec![Coupon { code: "EVE20".into(), partner: "pn_B".into(), ..Coupon::default() }];
        Known { partners: vec![partner("pn_A", "Ada"), partner("pn_B", "Eve")], coupons, zone: Zone::default() }
    }

    #[test]
    fn a_code_is_what_the_server_makes_of_it() {
        let known = known();
        assert_eq!(known.code(" spring-10 "), Ok("SPRING-10".into()));
        assert_eq!(known.code(""), Ok(String::new()));
        assert!(known.code("10 %").is_err() && known.code("dcode_x").is_err());
        assert_eq!(known.code("eve20"), Err("is a coupon of Eve already".into()));
    }

    #[test]
    fn each_line_says_what_is_wrong_with_it() {
        let text = "code,partner,from,until,products\nspring-1,Ada,2026-01-01,2026-01-31,pro;team\neve20,Ada\nSPRING-1,Ada\nx,Nobody\ny,Ada,soon\nz,Ada,2026-02-02,2026-02-01\n,Ada\nw\n";
        let lines = known().read(text, "").expect("a list");
        let faults: Vec<Vec<&str>> =
            lines.iter().map(|line| line.faults.iter().map(|(field, _)| *field).collect()).collect();
        assert_eq!(
            faults,
            [
                vec![],
                vec!["code"],
                vec!["code"],
                vec!["partner"],
                vec!["from"],
                vec!["until"],
                vec!["code"],
                vec!["partner"]
            ]
        );
        let Coupon { code, partner, starts_at, ends_at, products } = lines[0].coupon.clone();
        assert_eq!((&*code, &*partner), ("SPRING-1", "pn_A"));
        assert_eq!((&*starts_at, &*ends_at), ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"));
        assert_eq!(products, ["pro", "team"]);
        // Whose they are may be said of all of them.
        assert!(known().read("w", "pn_A").is_ok_and(|lines| lines[0].faults.is_empty()));
    }

    #[test]
    fn a_code_is_drawn_that_the_server_takes() {
        assert_eq!(drawn("Ada & Sons, Analytics", 0xffab_cdef), "ADASONSANALYABCDEF");
        assert_eq!(known().code(&drawn("人", 1)), Ok("000001".into()));
    }

    #[test]
    fn a_time_stays_where_its_day_does() {
        let coupon = Coupon { ends_at: "2026-01-31T12:30:00Z".into(), ..Coupon::default() };
        let written = |until: &str| Written { until: until.into(), ..Written::default() };
        let ends = |until: &str| known().check(&written(until), Some(&coupon)).0.ends_at;
        assert_eq!(ends("2026-01-31"), "2026-01-31T12:30:00Z");
        assert_eq!(ends("2026-02-01"), "2026-02-02T00:00:00Z");
        assert_eq!(ends(""), "");
    }

    #[test]
    fn it_holds_from_its_beginning_to_before_its_end() {
        let coupon = Coupon {
            starts_at: "2026-01-01T00:00:00Z".into(),
            ends_at: "2026-02-01T00:00:00Z".into(),
            ..Coupon::default()
        };
        let at = |text: &str| coupon.standing(time(text).expect("a time"));
        assert_eq!(at("2025-12-31T23:59:59Z"), Standing::Scheduled);
        assert_eq!(at("2026-01-01T00:00:00Z"), Standing::Active);
        assert_eq!(at("2026-01-31T23:59:59Z"), Standing::Active);
        assert_eq!(at("2026-02-01T00:00:00Z"), Standing::Ended);
        assert_eq!(Coupon::default().standing(Time(0)), Standing::Active);
    }
}
