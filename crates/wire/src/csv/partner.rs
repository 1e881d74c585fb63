//! Files of partners: what a row says of one.
//!
//! The names of the columns are those of the systems' exports, importers and APIs, compared as in [`super::preset`]:
//! - Dub: `exportPartnerColumns` in <https://github.com/dubinc/dub/blob/main/apps/web/lib/zod/schemas/partners.ts>.
//! - PartnerStack: the partners of <https://docs.partnerstack.com/docs/universal-importer>.
//! - Rewardful: the sheet of <https://help.rewardful.com/en/articles/1988486-how-do-i-import-data-into-rewardful>
//!   (`first_name`, `last_name`, `email`, `token`), a row a customer, so that an affiliate may stand in several.
//! - FirstPromoter: promoters as in <https://docs.firstpromoter.com/api-reference-v1/promoters-api/create>
//!   (`email`, `first_name`, `last_name`, `cust_id`, `ref_id`) and their campaigns (`ref_token`, `coupon`).

use std::collections::BTreeMap;

use engine::text::{Coupon, Slug, clean};

use super::{
    Bad,
    mapping::{About, Field, Mapping},
    preset::bare,
    table::{Row, Table},
};
use crate::fact::{Fault, email, key};

/// What each field is called, the best first.
const NAMES: &[(Field, &[&str])] = &[
    (Field::Email, &["partneremail", "affiliateemail", "promoteremail", "email", "emailaddress"]),
    (Field::Name, &["partnername", "affiliatename", "name", "fullname"]),
    (Field::FirstName, &["firstname", "affiliatefirstname"]),
    (Field::LastName, &["lastname", "affiliatelastname"]),
    (Field::Company, &["company", "companyname"]),
    (Field::Partner, &["partnerkey", "tenantid", "custid", "externalid", "partnerexternalkey"]),
    (
        Field::Link,
        &[
            "token",
            "linktoken",
            "refid",
            "reftoken",
            "defaultrefid",
            "linkkey",
            "linkkeys",
            "links",
            "username",
            "slug",
        ],
    ),
    (Field::Coupon, &["coupon", "coupons", "couponcode", "couponcodes", "promocode", "promocodes", "discountcode"]),
    (Field::Group, &["group", "groupname", "groupkey", "groupslug", "groupid"]),
    (Field::Status, &["status", "state", "approvalstatus"]),
];

/// The mapping of a file with this header.
///
/// # Errors
/// Names the columns that can say who it is.
pub fn mapping(header: &[String]) -> Result<Mapping, Fault> {
    let plain: Vec<String> = header.iter().map(|name| bare(name)).collect();
    let find = |names: &[&str]| names.iter().find_map(|name| plain.iter().position(|column| column == name));
    let columns = NAMES.iter().filter_map(|(field, names)| Some((*field, header[find(names)?].clone())));
    let columns: BTreeMap<Field, String> = columns.collect();
    if !columns.contains_key(&Field::Email) {
        let rule = format!("must name the column `email`; this file has {}", header.join(", "));
        return Err(Fault::new("mapping.columns", rule));
    }
    Ok(Mapping { about: About::Partners, columns, ..Mapping::default() })
}

/// A partner, as a row has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// E-mail address, lower case.
    pub email: String,
    /// Name; the company's where nobody is named.
    pub name: Option<String>,
    /// The vendor's identifier, or the other system's.
    pub key: Option<String>,
    /// Keys of links, the first of which is the partner's own.
    pub links: Vec<Slug>,
    /// Coupons.
    pub coupons: Vec<Coupon>,
    /// Name or identifier of the group.
    pub group: Option<String>,
}

/// What every row of a file says, in its order.
///
/// # Errors
/// Names what of the mapping does not fit the file.
pub fn readings(table: &Table, mapping: &Mapping) -> Result<Vec<Result<Reading, Bad>>, Fault> {
    let mut places = BTreeMap::new();
    for (field, name) in &mapping.columns {
        let place = table.header.iter().position(|column| column == name.trim()).ok_or_else(|| {
            let rule = format!("there is no column {name:?}; there are {}", table.header.join(", "));
            Fault::new("mapping.columns", rule)
        })?;
        places.insert(*field, place);
    }
    if !places.contains_key(&Field::Email) {
        return Err(Fault::new("mapping.columns", "must name the column `email`: who the partner is"));
    }
    Ok(table.rows.iter().map(|row| read(row, &places, table.header.len())).collect())
}

fn read(row: &Row, places: &BTreeMap<Field, usize>, width: usize) -> Result<Reading, Bad> {
    if row.cells.len() != width {
        let rule = format!("must have {width} cells, as the header has, and has {}", row.cells.len());
        return Err(Bad { field: None, rule });
    }
    let cell =
        |field: Field| places.get(&field).map(|place| row.cells[*place].as_str()).filter(|cell| !cell.is_empty());
    let several = |field: Field| {
        let cell = cell(field).unwrap_or_default();
        cell.split([',', ';', '|', ' ']).filter(|part| !part.is_empty())
    };
    match cell(Field::Status).map(str::to_ascii_lowercase).as_deref() {
        None | Some("approved" | "accepted" | "active" | "confirmed" | "enabled") => {}
        Some(word) => {
            return Err(Bad::new(
                Field::Status,
                format!("is {word}: who was not in the program there is not enrolled"),
            ));
        }
    }
    let address = cell(Field::Email).ok_or_else(|| Bad::new(Field::Email, "is required"))?;
    let person: Vec<&str> = [Field::FirstName, Field::LastName].into_iter().filter_map(cell).collect();
    let person = Some(person.join(" ")).filter(|name| !name.is_empty());
    let name = cell(Field::Name).map(str::to_owned).or(person).or_else(|| cell(Field::Company).map(str::to_owned));
    // Other systems write addresses where we write keys: what counts is the last of it.
    let link = |text: &str| {
        let key = text.trim_end_matches('/').rsplit(['/', '=']).next().unwrap_or_default();
        Slug::coin(key).map_err(|error| Bad::new(Field::Link, format!("{text}: {error}")))
    };
    Ok(Reading {
        email: email("", address).map_err(|fault| Bad::new(Field::Email, fault.rule))?,
        name: name.and_then(|name| clean(&name, 190)),
        key: cell(Field::Partner)
            .map(|text| key("", text).map_err(|fault| Bad::new(Field::Partner, fault.rule)))
            .transpose()?,
        links: several(Field::Link).map(link).collect::<Result<_, _>>()?,
        coupons: several(Field::Coupon)
            .map(|text| Coupon::new(text).map_err(|error| Bad::new(Field::Coupon, format!("{text}: {error}"))))
            .collect::<Result<_, _>>()?,
        group: cell(Field::Group).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E-mail, name, key, links, coupons and group of a row.
    type Row<'a> = (&'a str, Option<&'a str>, Option<&'a str>, &'a [&'a str], &'a [&'a str], Option<&'a str>);

    fn check(file: &str, expect: &[Result<Row<'_>, &str>]) {
        let table = Table::read(file).expect("a table");
        let mapping = mapping(&table.header).expect("columns that are known");
        let found = readings(&table, &mapping).expect("a mapping that fits");
        let found: Vec<_> = found
            .iter()
            .map(|row| match row {
                Ok(row) => Ok((
                    row.email.as_str(),
                    row.name.as_deref(),
                    row.key.as_deref(),
                    row.links.iter().map(Slug::as_str).collect::<Vec<_>>(),
                    row.coupons.iter().map(Coupon::as_str).collect::<Vec<_>>(),
                    row.group.as_deref(),
                )),
                Err(bad) => Err(bad.field.map(|field| format!("{field:?}")).unwrap_or_default()),
            })
            .collect();
        let expect: Vec<_> = expect
            .iter()
            .map(|row| match row {
                Ok((email, name, key, links, coupons, group)) => {
                    Ok((*email, *name, *key, links.to_vec(), coupons.to_vec(), *group))
                }
                Err(field) => Err((*field).to_owned()),
            })
            .collect();
        assert_eq!(found, expect, "{file}");
    }

    #[test]
    fn exports_of_each_system_and_a_spreadsheet() {
        check(
            "ID,Name,Email,Country,Status\npn_1,Ada Analytics,Ada@Partners.example,AT,approved\n\
             pn_2,Eve,eve@partners.example,AT,banned\n",
            &[Ok(("ada@partners.example", Some("Ada Analytics"), None, &[], &[], None)), Err("Status")],
        );
        check(
            "email;first_name;last_name;group_key;partner_key\nada@partners.example;Ada;Lovelace;gold;ada_key\n",
            &[Ok(("ada@partners.example", Some("Ada Lovelace"), Some("ada_key"), &[], &[], Some("gold")))],
        );
        check(
            "stripe_customer_id,first_name,last_name,email,paypal_email,token\ncus_1,Ada,,ada@partners.example,,Ada-X\n",
            &[Ok(("ada@partners.example", Some("Ada"), None, &["ada-x"], &[], None))],
        );
        check(
            "Email,First name,Last name,Cust ID,Ref ID,Coupon,State\nada@partners.example,Ada,L,u1,ada,ada10,accepted\n",
            &[Ok(("ada@partners.example", Some("Ada L"), Some("u1"), &["ada"], &["ADA10"], None))],
        );
        check(
            "Partner email,Company,Links,Coupons\nada@partners.example,Ada Ltd,https://x.example/?via=ada | ada-b,A1 A2\n\
             ada,x,,\n,x,,\nb@partners.example,x,po rtal,\nc@partners.example,x,,\"a\"\"b\"\n",
            &[
                Ok(("ada@partners.example", Some("Ada Ltd"), None, &["ada", "ada-b"], &["A1", "A2"], None)),
                Err("Email"),
                Err("Email"),
                Ok(("b@partners.example", Some("x"), None, &["po", "rtal"], &[], None)),
                Err("Coupon"),
            ],
        );
    }

    #[test]
    fn a_file_that_names_nobody_is_refused() {
        let header = |names: &str| names.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert!(mapping(&header("name,token")).is_err());
        assert!(mapping(&header("Affiliate Email")).is_ok());
    }
}
