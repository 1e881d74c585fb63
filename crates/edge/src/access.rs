//! Who may do what. A permission is at once the scope that a key needs and what a role grants; the table below is the
//! only place that says which.

use std::{fmt, str::FromStr};

use serde::Deserialize;

/// Declares permissions: what each is for, its name, its scope's word, and the roles that grant it.
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident, $word:literal, [$($role:ident)*];)*) => {
        /// Something that somebody may do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Permission {
            $($(#[$doc])* $name,)*
        }

        impl Permission {
            /// All there are.
            pub const ALL: &[Self] = &[$(<needs::$name as needs::Needs>::PERMISSION),*];

            /// The word of the scope.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// The roles that grant it.
            const fn roles(self) -> &'static [Role] {
                match self {
                    $(Self::$name => &[$(Role::$role),*],)*
                }
            }
        }

        /// Permissions as types, for extractors: `Team<LinksWrite>`.
        pub mod needs {
            use super::Permission;

            /// What a handler needs.
            pub trait Needs {
                /// The permission.
                const PERMISSION: Permission;
            }

            $($(#[$doc])*
            pub enum $name {}
            impl Needs for $name {
                const PERMISSION: Permission = Permission::$name;
            })*
        }
    };
}

permissions! {
    /// To see the program's settings.
    ProgramRead, "program:read", [Owner Marketer Finance];
    /// To change the program's settings.
    ProgramWrite, "program:write", [Owner Marketer];
    /// To see partners and their groups.
    PartnersRead, "partners:read", [Owner Marketer Finance];
    /// To enrol and change partners and their groups.
    PartnersWrite, "partners:write", [Owner Marketer];
    /// To see links, tags and folders: a partner's people, the partner's links.
    LinksRead, "links:read", [Owner Marketer Finance PartnerAdmin PartnerMember];
    /// To make, change and take away links, tags and folders: a partner's people make links of the partner's, within the
    /// program's rules.
    LinksWrite, "links:write", [Owner Marketer PartnerAdmin PartnerMember];
    /// To see coupons: a partner's people, the partner's.
    CouponsRead, "coupons:read", [Owner Marketer Finance PartnerAdmin PartnerMember];
    /// To make, change and take away coupons.
    CouponsWrite, "coupons:write", [Owner Marketer];
    /// To see landing pages, drafts among them: a partner's people, the partner's that are public.
    PagesRead, "pages:read", [Owner Marketer Finance PartnerAdmin PartnerMember];
    /// To write and publish landing pages.
    PagesWrite, "pages:write", [Owner Marketer];
    /// To see customers by name.
    CustomersRead, "customers:read", [Owner Marketer Finance];
    /// To change and to join customers.
    CustomersWrite, "customers:write", [Owner Marketer];
    /// To record leads and sales.
    ConversionsWrite, "conversions:write", [Owner Marketer];
    /// To read the feed, and to take the facts away as files: a partner's people, those that are the partner's to see.
    FactsRead, "facts:read", [Owner Marketer Finance PartnerAdmin PartnerMember];
    /// To record facts of any kind.
    FactsWrite, "facts:write", [Owner Marketer];
    /// To record facts that are older than a day.
    FactsBackdate, "facts:backdate", [Owner Marketer];
    /// To bring files in, and to undo that.
    ImportsWrite, "imports:write", [Owner Marketer];
    /// To see commissions.
    CommissionsRead, "commissions:read", [Owner Marketer Finance];
    /// To change commissions, and to decide on what is held.
    CommissionsWrite, "commissions:write", [Owner Marketer];
    /// To see deals: a partner's people, the partner's.
    DealsRead, "deals:read", [Owner Marketer Finance PartnerAdmin PartnerMember];
    /// To register deals, and to tell of them: a partner's people, the partner's.
    DealsWrite, "deals:write", [Owner Marketer PartnerAdmin PartnerMember];
    /// To approve, reject and extend deals.
    DealsDecide, "deals:decide", [Owner Marketer];
    /// To see statements: a partner's people, the partner's.
    StatementsRead, "statements:read", [Owner Marketer Finance PartnerAdmin PartnerMember];
    /// To close a month.
    StatementsClose, "statements:close", [Owner Marketer Finance];
    /// To see where webhooks go, and what became of each.
    WebhooksRead, "webhooks:read", [Owner Marketer Finance];
    /// To say where webhooks go, and to send them again.
    WebhooksWrite, "webhooks:write", [Owner Marketer];
    /// To make tokens of widgets.
    TokensWrite, "tokens:write", [Owner Marketer];
    /// To make links that sign people in: nobody who may do more than oneself, and for a partner's people, the
    /// partner's.
    SignInLinksWrite, "sign-in-links:write", [Owner Marketer PartnerAdmin];
    /// To see who may sign in: a partner's people, the partner's.
    MembersRead, "members:read", [Owner Marketer Finance PartnerAdmin PartnerMember];
    /// To let people in, and to take that back: a partner's people, the partner's.
    MembersWrite, "members:write", [Owner PartnerAdmin];
    /// To see keys: their names, scopes and use.
    KeysRead, "keys:read", [Owner];
    /// To make, change and revoke keys.
    KeysWrite, "keys:write", [Owner];
    /// To see who changed what.
    AuditRead, "audit:read", [Owner Marketer Finance];
    /// To save views of the console, and to delete them.
    ViewsWrite, "views:write", [Owner Marketer Finance];
}

/// What a person is, in the program or for a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but keys and people.
    Marketer,
    /// Reads everything but keys and imports, and closes months.
    Finance,
    /// A partner's: its figures, deals, links and people.
    PartnerAdmin,
    /// A partner's: its figures, deals and links.
    PartnerMember,
}

impl Role {
    /// All there are.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Marketer, Self::Finance, Self::PartnerAdmin, Self::PartnerMember];

    /// The word that is stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Marketer => "marketer",
            Self::Finance => "finance",
            Self::PartnerAdmin => "partner_admin",
            Self::PartnerMember => "partner_member",
        }
    }

    /// Whether it is one among a partner's people, rather than among the program's.
    pub const fn is_partners(self) -> bool {
        matches!(self, Self::PartnerAdmin | Self::PartnerMember)
    }

    /// What it grants.
    pub fn grants(self) -> Permissions {
        Permission::ALL.iter().copied().filter(|permission| permission.roles().contains(&self)).collect()
    }
}

/// A word that is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotARole;

impl fmt::Display for NotARole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be owner, marketer, finance, partner_admin or partner_member")
    }
}

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(word: &str) -> Result<Self, NotARole> {
        Self::ALL.into_iter().find(|role| role.word() == word).ok_or(NotARole)
    }
}

/// The scope of a key that may do everything, what is yet to come included.
pub const EVERYTHING: &str = "*";

/// A set of permissions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions(u64);

impl Permissions {
    /// Whether one is among them.
    pub const fn hold(self, permission: Permission) -> bool {
        self.0 & 1 << permission as u32 != 0
    }

    /// Whether all of others are among them.
    pub const fn cover(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// Their words, in the order of the table.
    pub fn words(self) -> Vec<&'static str> {
        Permission::ALL.iter().filter(|permission| self.hold(**permission)).map(|p| p.word()).collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | 1 << permission as u32))
    }
}

/// A word that is no scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAScope(String);

impl fmt::Display for NotAScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = Permission::ALL.iter().map(|permission| permission.word()).collect();
        write!(f, "{:?} must be {EVERYTHING} or one of {}", self.0, words.join(", "))
    }
}

/// What scopes grant, by their words.
///
/// # Errors
/// The first word that is no scope.
pub fn scopes<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Permissions, NotAScope> {
    words.into_iter().try_fold(Permissions::default(), |held, word| {
        let all = Permission::ALL.iter().copied();
        let granted: Permissions = all.filter(|permission| word == EVERYTHING || permission.word() == word).collect();
        if granted == Permissions::default() {
            return Err(NotAScope(word.chars().take(50).collect()));
        }
        Ok(Permissions(held.0 | granted.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole matrix, written a second time: owner, marketer, finance, partner admin, partner member.
    const MATRIX: &[(&str, &str)] = &[
        ("program:read", "OMF--"),
        ("program:write", "OM---"),
        ("partners:read", "OMF--"),
        ("partners:write", "OM---"),
        ("links:read", "OMFAP"),
        ("links:write", "OM-AP"),
        ("coupons:read", "OMFAP"),
        ("coupons:write", "OM---"),
        ("pages:read", "OMFAP"),
        ("pages:write", "OM---"),
        ("customers:read", "OMF--"),
        ("customers:write", "OM---"),
        ("conversions:write", "OM---"),
        ("facts:read", "OMFAP"),
        ("facts:write", "OM---"),
        ("facts:backdate", "OM---"),
        ("imports:write", "OM---"),
        ("commissions:read", "OMF--"),
        ("commissions:write", "OM---"),
        ("deals:read", "OMFAP"),
        ("deals:write", "OM-AP"),
        ("deals:decide", "OM---"),
        ("statements:read", "OMFAP"),
        ("statements:close", "OMF--"),
        ("webhooks:read", "OMF--"),
        ("webhooks:write", "OM---"),
        ("tokens:write", "OM---"),
        ("sign-in-links:write", "OM-A-"),
        ("members:read", "OMFAP"),
        ("members:write", "O--A-"),
        ("keys:read", "O----"),
        ("keys:write", "O----"),
        ("audit:read", "OMF--"),
        ("views:write", "OMF--"),
    ];

    #[test]
    fn roles_may_what_the_table_says() {
        let roles = Role::ALL.iter().zip("OMFAP".chars());
        let said: Vec<_> = Permission::ALL
            .iter()
            .map(|permission| {
                let letter = |(role, letter): (&Role, char)| if role.grants().hold(*permission) { letter } else { '-' };
                (permission.word(), roles.clone().map(letter).collect::<String>())
            })
            .collect();
        let expected: Vec<_> = MATRIX.iter().map(|(word, roles)| (*word, (*roles).to_owned())).collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn an_owner_covers_the_program_and_nobody_covers_an_owner() {
        let owner = Role::Owner.grants();
        assert_eq!(owner.words().len(), Permission::ALL.len());
        for role in Role::ALL {
            assert!(owner.cover(role.grants()));
            assert_eq!(role.grants().cover(owner), role == Role::Owner, "{role:?}");
            assert_eq!(role.word().parse(), Ok(role));
        }
        assert_eq!("Owner".parse::<Role>(), Err(NotARole));
    }

    #[test]
    fn pages_offer_every_scope() {
        let words: Vec<&str> = Permission::ALL.iter().map(|permission| permission.word()).collect();
        assert_eq!(wire::access::SCOPES.map(|(word, _)| word).to_vec(), words);
    }

    #[test]
    fn scopes_are_read_and_written() {
        let held = scopes(["links:read", "facts:backdate"]);
        assert_eq!(held.as_ref().map(|held| held.words()), Ok(vec!["links:read", "facts:backdate"]));
        assert_eq!(scopes([EVERYTHING]), Ok(Role::Owner.grants()));
        assert_eq!(scopes([]), Ok(Permissions::default()));
        for word in ["", "links", "links:*", "LINKS:READ", " links:read"] {
            assert_eq!(scopes(["links:read", word]), Err(NotAScope(word.into())));
        }
    }
}
