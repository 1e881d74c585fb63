//! What a row says.

use engine::{
    money::Currency,
    text::{Coupon, clean},
};

use super::{
    Bad, Outcome,
    amount::Habit,
    date::Moment,
    mapping::{Dates, Field, Kind, Mapping, Units},
    table::{Row, Table},
};
use crate::fact::{Fault, email, key};

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The other system's identifier of the row.
    pub id: Option<String>,
    /// When.
    pub at: Moment,
    /// Whose it is.
    pub customer: Named,
    /// Names of the partner, the best first.
    pub partner: Vec<String>,
    /// Key of the link.
    pub link: Option<String>,
    /// Coupon.
    pub coupon: Option<Coupon>,
    /// What happened.
    pub what: Said,
}

/// A customer, as a row names one: at least one of the first three is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The vendor's identifier.
    pub external: Option<String>,
    /// Stripe's.
    pub stripe: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Company.
    pub company: Option<String>,
}

/// What happened, by a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Somebody paid.
    Sale {
        /// Minor units, above zero.
        amount: i64,
        /// Currency.
        currency: Currency,
        /// Invoice.
        invoice: Option<String>,
        /// Stripe's identifier of the charge.
        charge: Option<String>,
        /// Product.
        product: Option<String>,
        /// `month` or `year`.
        recurring: Option<String>,
        /// What was given back since, at most the amount.
        back: i64,
    },
    /// Somebody got back what they paid.
    Refund {
        /// Minor units, above zero.
        amount: i64,
        /// Currency.
        currency: Currency,
        /// The invoice.
        of: String,
    },
    /// Somebody signed up.
    Lead,
}

/// Reads the rows of one file.
pub struct Reader<'a> {
    mapping: &'a Mapping,
    /// Fields, and the place of the column that says each.
    places: Vec<(Field, usize)>,
    width: usize,
    /// The program's currency, or the one that the mapping names.
    currency: Currency,
    /// How amounts are written.
    pub money: Habit,
    /// How dates are written.
    pub dates: Dates,
}

impl<'a> Reader<'a> {
    /// Finds the columns, and recognises their habits.
    ///
    /// # Errors
    /// Names what of the mapping does not fit, or asks what the columns leave open.
    pub fn new(table: &Table, mapping: &'a Mapping, own: Currency) -> Result<Self, Fault> {
        let mut places = Vec::new();
        for (field, name) in &mapping.columns {
            let place = table.header.iter().position(|column| column == name.trim()).ok_or_else(|| {
                let rule = format!("there is no column {name:?}; there are {}", table.header.join(", "));
                Fault::new("mapping.columns", rule)
            })?;
            places.push((*field, place));
        }
        let place = |field: Field| places.iter().find(|(of, _)| *of == field).map(|(_, place)| *place);
        let cells = |field: Field| {
            let place = place(field);
            table.rows.iter().filter_map(move |row| row.cells.get(place?).map(String::as_str)).filter(|c| !c.is_empty())
        };
        let required = |fields: &[Field], rule: &str| {
            let there = fields.iter().any(|field| place(*field).is_some());
            if there { Ok(()) } else { Err(Fault::new("mapping.columns", rule)) }
        };
        required(&[Field::At], "must name the column `at`: when it happened")?;
        required(
            &[Field::Customer, Field::StripeCustomer, Field::Email],
            "must name one of the columns `customer`, `email` and `stripeCustomer`: whose it is",
        )?;
        if matches!(mapping.kind, Some(Kind::Sale | Kind::Refund)) || place(Field::Type).is_some() {
            required(&[Field::Amount], "must name the column `amount`")?;
        }
        let currency = mapping.currency.unwrap_or(own);
        // Whether thousands are grouped depends on the digits of what most likely is every row's currency.
        let digits = cells(Field::Currency).find_map(|cell| cell.parse().ok()).unwrap_or(currency).digits();
        let amounts = cells(Field::Amount).chain(cells(Field::Refunded));
        let units = mapping.units.unwrap_or(Units::Major);
        let money = Habit::of(amounts, mapping.decimal, Some(units), digits)?;
        let dates = match mapping.dates {
            Some(dates) => dates,
            None => Dates::of(cells(Field::At))?,
        };
        Ok(Self { mapping, places, width: table.header.len(), currency, money, dates })
    }

    /// What a row says.
    ///
    /// # Errors
    /// The rule that it breaks, and where.
    pub fn read(&self, row: &Row) -> Outcome {
        if row.cells.len() != self.width {
            let rule = format!("must have {} cells, as the header has, and has {}", self.width, row.cells.len());
            return Err(Bad { field: None, rule });
        }
        let cell = |field: Field| {
            let (_, place) = self.places.iter().find(|(of, _)| *of == field)?;
            row.cells.get(*place).map(String::as_str).filter(|cell| !cell.is_empty())
        };
        let said = |field: Field| cell(field).ok_or_else(|| Bad::new(field, "is required"));
        let name = |field: Field| {
            cell(field).map(|text| key("", text).map_err(|fault| Bad::new(field, fault.rule))).transpose()
        };
        let customer = Named {
            external: name(Field::Customer)?,
            stripe: name(Field::StripeCustomer)?,
            email: cell(Field::Email)
                .map(|text| email("", text).map_err(|fault| Bad::new(Field::Email, fault.rule)))
                .transpose()?,
            name: cell(Field::Name).and_then(|text| clean(text, 200)),
            company: cell(Field::Company).and_then(|text| clean(text, 200)),
        };
        if customer.external.is_none() && customer.stripe.is_none() && customer.email.is_none() {
            return Err(Bad::new(Field::Customer, "is required: an identifier or an e-mail address"));
        }
        let at = self.dates.read(Field::At, said(Field::At)?)?;
        let given = cell(Field::Currency)
            .map(|text| text.parse::<Currency>().map_err(|error| Bad::new(Field::Currency, error)))
            .transpose()?;
        let money = |field: Field, text: &str| self.money.read(field, text, given, self.currency);
        let what = match self.kind(cell(Field::Type))? {
            Kind::Lead => Said::Lead,
            Kind::Refund => {
                let (amount, currency) = money(Field::Amount, said(Field::Amount)?)?;
                let of = name(Field::RefundOf)?.ok_or_else(|| Bad::new(Field::RefundOf, "is required"))?;
                Said::Refund { amount: above_zero(amount.abs())?, currency, of }
            }
            Kind::Sale => {
                let (amount, currency) = money(Field::Amount, said(Field::Amount)?)?;
                let amount = above_zero(amount)?;
                let back = match (cell(Field::Refunded), standing(cell(Field::Status))?) {
                    (Some(text), _) => money(Field::Refunded, text)?.0.abs(),
                    (None, Standing::Stands) => 0,
                    (None, Standing::GivenBack) => amount,
                };
                if back > amount {
                    return Err(Bad::new(Field::Refunded, "must be at most the amount"));
                }
                let recurring = match cell(Field::Recurring).map(str::to_ascii_lowercase).as_deref() {
                    None => None,
                    Some("month" | "monthly") => Some("month".to_owned()),
                    Some("year" | "yearly" | "annual" | "annually") => Some("year".to_owned()),
                    Some(_) => return Err(Bad::new(Field::Recurring, "must be month or year")),
                };
                let (invoice, charge) = (name(Field::Invoice)?, name(Field::Charge)?);
                Said::Sale { amount, currency, invoice, charge, product: name(Field::Product)?, recurring, back }
            }
        };
        let partner = [Field::Partner, Field::PartnerEmail].into_iter().filter_map(cell).map(str::to_owned).collect();
        let coupon = cell(Field::Coupon).map(|text| Coupon::new(text).map_err(|error| Bad::new(Field::Coupon, error)));
        let link = name(Field::Link)?;
        Ok(Reading { id: name(Field::Id)?, at, customer, partner, link, coupon: coupon.transpose()?, what })
    }

    fn kind(&self, word: Option<&str>) -> Result<Kind, Bad> {
        let amounts = self.places.iter().any(|(field, _)| *field == Field::Amount);
        match word.map(str::to_ascii_lowercase).as_deref() {
            None => Ok(self.mapping.kind.unwrap_or(if amounts { Kind::Sale } else { Kind::Lead })),
            Some("sale" | "purchase" | "payment" | "charge" | "transaction" | "revenue" | "new" | "renewal") => {
                Ok(Kind::Sale)
            }
            Some("refund" | "chargeback") => Ok(Kind::Refund),
            // A `referral` of Dub is a commission for bringing a partner.
            Some("lead" | "signup" | "sign up" | "customer") => Ok(Kind::Lead),
            Some(_) => Err(Bad::new(Field::Type, "must be sale, refund or lead")),
        }
    }
}

fn above_zero(amount: i64) -> Result<i64, Bad> {
    if amount > 0 { Ok(amount) } else { Err(Bad::new(Field::Amount, "must be above zero")) }
}

/// What became of a sale there.
enum Standing {
    Stands,
    GivenBack,
}

fn standing(word: Option<&str>) -> Result<Standing, Bad> {
    match word.map(str::to_ascii_lowercase).as_deref() {
        Some("refunded" | "voided" | "charged back" | "chargeback") => Ok(Standing::GivenBack),
        Some(word @ ("duplicate" | "fraud" | "canceled" | "cancelled" | "denied" | "declined" | "rejected")) => {
            Err(Bad::new(Field::Status, format!("is {word}: what did not count there is not brought here")))
        }
        _ => Ok(Standing::Stands),
    }
}
