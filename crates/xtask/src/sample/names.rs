//! Names of companies and people. None is meant to be anybody's; every address ends in `.example`.

use super::rng::Rng;

const FIRST: [&str; 44] = [
    "Alder",
    "Brightwater",
    "Cedarbank",
    "Dovetail",
    "Eastmark",
    "Fernhill",
    "Goldfinch",
    "Hollins",
    "Ironbridge",
    "Juniper",
    "Kestrel",
    "Larkspur",
    "Millrace",
    "Northgate",
    "Oakhurst",
    "Pinecrest",
    "Quarrystone",
    "Redwing",
    "Silverlake",
    "Thornbury",
    "Umber",
    "Valewood",
    "Westerly",
    "Yarrow",
    "Zephyr",
    "Ashford",
    "Beacon",
    "Clearbrook",
    "Driftwood",
    "Elmstead",
    "Foxglove",
    "Greyfriars",
    "Hawthorn",
    "Inkwell",
    "Kingfisher",
    "Longacre",
    "Marlowe",
    "Nightingale",
    "Orchard",
    "Peregrine",
    "Ravensworth",
    "Saltmarsh",
    "Tanglewood",
    "Underhill",
];

const SECOND: [&str; 16] = [
    "Freight",
    "Foods",
    "Insurance",
    "Robotics",
    "Health",
    "Logistics",
    "Studios",
    "Energy",
    "Outfitters",
    "Capital",
    "Learning",
    "Travel",
    "Instruments",
    "Hotels",
    "Software",
    "Supply",
];

const GIVEN: [&str; 24] = [
    "Amara", "Ben", "Chiara", "Dmitri", "Elena", "Farid", "Grace", "Hiro", "Ines", "Jonas", "Kavya", "Liam", "Mei",
    "Noah", "Olu", "Priya", "Quentin", "Rosa", "Samir", "Tessa", "Uma", "Victor", "Wanda", "Yusuf",
];

const FAMILY: [&str; 20] = [
    "Adeyemi",
    "Bergström",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Gupta",
    "Haddad",
    "Ito",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Rossi",
    "Silva",
    "Tanaka",
    "Weber",
];

/// How many companies there are before a name comes again.
pub const COMPANIES: usize = FIRST.len() * SECOND.len();

/// A customer of Northbeam.
pub struct Customer {
    /// Northbeam's own id for it.
    pub id: String,
    /// The company.
    pub company: String,
    /// Who filled in the form.
    pub person: String,
    /// Their address.
    pub email: String,
}

/// The customer number `index`. Different numbers below [`COMPANIES`] give different companies.
pub fn customer(index: usize) -> Customer {
    let column = index % FIRST.len();
    // 9 and 16 have no common divisor: every company name is met once before any comes again.
    let row = (index / FIRST.len() * 9 + column * 7) % SECOND.len();
    let company = format!("{} {}", FIRST[column], SECOND[row]);
    let mut rng = Rng::of(1, index as u64);
    let (given, family) = (*rng.pick(&GIVEN), *rng.pick(&FAMILY));
    let domain: String = company.to_lowercase().split(' ').collect();
    let local = format!("{given}.{family}").to_lowercase().replace('ö', "o");
    Customer {
        id: format!("nb-{}", 1001 + index),
        company,
        person: format!("{given} {family}"),
        email: format!("{local}@{domain}.example"),
    }
}

/// What companies are called that no partner brought: a family's name, and one of these.
const HOUSES: [&str; 5] = ["& Co", "Group", "Works", "Industries", "Foods"];
/// How many of them there are.
pub const UNBROUGHT: usize = FAMILY.len() * HOUSES.len();

/// The customer number `index` whom no partner brought, below [`UNBROUGHT`].
pub fn unbrought(index: usize) -> Customer {
    let family = FAMILY[index % FAMILY.len()];
    let given = *Rng::of(2, index as u64).pick(&GIVEN);
    let house = HOUSES[index / FAMILY.len()];
    let domain = format!("{family}{house}").to_lowercase().replace('ö', "o").replace([' ', '&'], "");
    Customer {
        id: format!("nb-u{}", 101 + index),
        company: format!("{family} {house}"),
        person: format!("{given} {family}"),
        email: format!("{}@{domain}.example", given.to_lowercase()),
    }
}

/// A visitor as the edge would name one.
pub fn visitor(rng: &mut Rng) -> String {
    format!("v-{:016x}", rng.next())
}
