//! Whom a row of a file names: the customer, and who brought them.

use engine::id::PartnerId;
use wire::csv::{Bad, mapping::Field, row::Reading};

use crate::store::{
    event,
    import::names::{Found, folded},
    stripe::ghost,
};

/// Whom a row means.
pub struct Person {
    /// The vendor's identifier, else Stripe's number, else the e-mail address.
    pub name: String,
    /// As whom that is read, where the name is not the vendor's or they do not know it yet.
    pub root: Option<String>,
    /// Who is written, where the name is not the vendor's.
    pub own: Option<event::Customer>,
    /// The number at Stripe.
    pub number: Option<String>,
}

impl Person {
    /// Whom a row means: who has the vendor's identifier that it says, else Stripe's number, else the e-mail address.
    pub fn of(found: &Found, reading: &Reading) -> Result<Self, Bad> {
        let who = &reading.customer;
        let known = |field: Field, name: &Option<String>| match name.as_ref().and_then(|name| found.customers.get(name))
        {
            Some(known) if known.ambiguous => {
                Err(Bad::new(field, "is that of several customers: join them, or name the one by its identifier"))
            }
            known => Ok(known),
        };
        let person = |name: &String| Self { name: name.clone(), root: None, own: None, number: who.stripe.clone() };
        if let Some(external) = &who.external {
            // Whom only Stripe has named so far is named by the vendor now.
            let stripe = who.stripe.as_ref().and_then(|number| found.customers.get(number));
            let stripe = stripe.filter(|known| known.external_id.is_none() && !found.customers.contains_key(external));
            return Ok(Self { root: stripe.map(|known| known.root_id.clone()), ..person(external) });
        }
        let shown = match known(Field::StripeCustomer, &who.stripe)? {
            Some(numbered) => Some(numbered),
            None => known(Field::Email, &who.email)?,
        };
        match (shown.and_then(|known| known.external_id.as_ref()), &who.stripe, &who.email) {
            (Some(external), _, _) => Ok(person(external)),
            (None, Some(number), _) => {
                let id = shown.map_or_else(|| ghost(number), |known| known.root_id.clone());
                let own = event::Customer { id: id.clone(), ..event::Customer::default() };
                Ok(Self { root: Some(id), own: Some(own), ..person(number) })
            }
            (None, None, Some(email)) => Ok(person(email)),
            (None, None, None) => Err(Bad::new(Field::Customer, "is required: an identifier or an e-mail address")),
        }
    }
}

/// Who brought a customer.
pub struct Credit {
    pub partner: Option<PartnerId>,
    pub link: Option<String>,
}

/// Who brought the customer of a row, as far as it says.
pub fn credit(found: &Found, reading: &Reading) -> Result<Option<Credit>, Bad> {
    let partner = reading.partner.iter().find_map(|name| found.partners.get(&name.to_lowercase())).copied();
    let called = || reading.partner.iter().find_map(|name| found.called.get(&folded(name)));
    let partner = match partner {
        None => match called() {
            Some(None) => {
                return Err(Bad::new(Field::Partner, "is what several partners are called: say whose address it is"));
            }
            Some(one) => *one,
            None => None,
        },
        known => known,
    };
    let link = reading.link.as_ref().filter(|key| {
        // A link of the same name that is another's is another link.
        let owner = found.links.get(&key.to_lowercase());
        owner.is_some_and(|owner| partner.is_none() || *owner == partner)
    });
    match (partner, link) {
        (None, None) if !reading.partner.is_empty() => {
            Err(Bad::new(Field::Partner, "is not a partner of this program: enrol them first"))
        }
        (None, None) if reading.link.is_some() => Err(Bad::new(Field::Link, "is not a link of this program")),
        (None, None) => Ok(None),
        (partner, link) => Ok(Some(Credit { partner, link: link.cloned() })),
    }
}
