//! A sale that is told again, through the same door or another: whether it is the one that is recorded.

use super::{Fate, Known};

/// A sale, as a door tells it.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    pub key: &'a str,
    pub digest: &'a str,
    pub amount: i64,
    pub currency: &'a str,
    /// As whom its customer is read; `None` while nobody knows them.
    pub root: Option<&'a str>,
    /// Whether the vendor has an identifier for that customer.
    pub is_named: bool,
}

/// In what it is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Differs {
    /// The recorded amount.
    Amount(i64),
    /// The recorded currency.
    Currency(String),
    /// The recorded customer, by the vendor's identifier.
    Customer(String),
    /// A customer who was taken apart from this one.
    Apart,
    /// Its key stands for something else.
    Contents,
}

impl Differs {
    /// What is answered where a key stands for something else.
    pub const CONTENTS: &str = "id: this identifier or invoice is recorded with other contents";

    /// What is answered to a telling whose door calls the customer `customer`.
    pub fn message(&self, told: &Telling<'_>, customer: &str) -> String {
        match self {
            Self::Amount(amount) => {
                format!("amount: is {} here, and {amount} in the invoice as it is recorded", told.amount)
            }
            Self::Currency(code) => {
                format!("currency: is {} here, and {code} in the invoice as it is recorded", told.currency)
            }
            Self::Customer(name) => {
                format!("{customer}: the invoice is recorded for the customer {name}; merge the two if they are one")
            }
            Self::Apart => {
                format!(
                    "{customer}: the invoice's customer was taken apart from this one; merge the two if they are one"
                )
            }
            Self::Contents => Self::CONTENTS.to_owned(),
        }
    }
}

impl Known {
    /// What a sale would be: `None` for a new one, else whether it is the recorded one. It is where amount and currency are
    /// alike, and the vendor does not call its customer by two names.
    pub fn sale(&self, told: &Telling<'_>) -> Option<Result<(), Differs>> {
        let before = self.0.get(told.key)?;
        let (Some(amount), Some(currency), Some(root)) = (before.amount, &before.currency, &before.root) else {
            let same = self.fate(told.key, told.digest) == Some(Fate::Duplicate);
            return Some(if same { Ok(()) } else { Err(Differs::Contents) });
        };
        if amount != told.amount {
            return Some(Err(Differs::Amount(amount)));
        }
        if currency != told.currency {
            return Some(Err(Differs::Currency(currency.clone())));
        }
        if before.digest == told.digest || told.root == Some(root.as_str()) {
            return Some(Ok(()));
        }
        // Identifiers have no quotation marks in them.
        let is_apart = |apart: &String| told.root.is_some_and(|root| apart.contains(&format!("\"{root}\"")));
        Some(match &before.external {
            Some(name) if told.is_named => Err(Differs::Customer(name.clone())),
            _ if before.apart.as_ref().is_some_and(is_apart) => Err(Differs::Apart),
            _ => Ok(()),
        })
    }

    /// Whether the same is told of a sale by the same name of its customer.
    pub fn is_repeat(&self, told: &Telling<'_>) -> bool {
        self.fate(told.key, told.digest) == Some(Fate::Duplicate)
    }
}
