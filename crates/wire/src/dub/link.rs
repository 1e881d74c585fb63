//! Links, tags, folders, and groups of partners.

use std::collections::BTreeMap;

use engine::text::Utm;
use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use serde_json::Value;

/// A property that may be left out (`None`), taken away (`Some(None)`), or set.
pub type Given<T> = Option<Option<T>>;

pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Given<T>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// One name, or several.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Names {
    /// One; empty for none.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Names {
    /// Each name.
    #[must_use]
    pub fn list(&self) -> Vec<&str> {
        match self {
            Self::One(name) => vec![name.as_str()].into_iter().filter(|name| !name.is_empty()).collect(),
            Self::Many(names) => names.iter().map(String::as_str).collect(),
        }
    }
}

/// What is sent of a link: `POST /links`, `PATCH /links/{id}`, `PUT /links/upsert` and the bulk requests. What is left out stays
/// as it is, or as it is by default.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct LinkFields {
    /// Where it leads.
    pub url: Option<String>,
    /// Host of its address: the main one where it is missing.
    pub domain: Option<String>,
    /// Last segment of its address; random characters where it is missing.
    pub key: Option<String>,
    /// How many random characters: 3 to 32, by default 7.
    pub key_length: Option<u8>,
    /// What stands before the random characters.
    pub prefix: Option<String>,
    /// Whose it is.
    #[serde(deserialize_with = "given")]
    pub partner_id: Given<String>,
    /// The sender's identifier of the link.
    #[serde(deserialize_with = "given")]
    pub external_id: Given<String>,
    /// The sender's identifier of whom it belongs to.
    #[serde(deserialize_with = "given")]
    pub tenant_id: Given<String>,
    /// Whether lists leave it out. It leads on.
    pub archived: Option<bool>,
    /// Identifiers of its tags.
    pub tag_ids: Option<Names>,
    /// Names of its tags.
    pub tag_names: Option<Names>,
    /// Identifier of its only tag.
    #[serde(deserialize_with = "given")]
    pub tag_id: Given<String>,
    /// Identifier of its folder.
    #[serde(deserialize_with = "given")]
    pub folder_id: Given<String>,
    /// Notes. A partner's people see those on links that they made.
    #[serde(deserialize_with = "given")]
    pub comments: Given<String>,
    /// When it ends.
    #[serde(deserialize_with = "given")]
    pub expires_at: Given<String>,
    /// Where it leads from then on.
    #[serde(deserialize_with = "given")]
    pub expired_url: Given<String>,
    /// The word that opens it.
    #[serde(deserialize_with = "given")]
    pub password: Given<String>,
    /// Whether programs preview its own title, description and picture, where it has any.
    pub proxy: Option<bool>,
    /// Title.
    #[serde(deserialize_with = "given")]
    pub title: Given<String>,
    /// Description.
    #[serde(deserialize_with = "given")]
    pub description: Given<String>,
    /// Address of a picture.
    #[serde(deserialize_with = "given")]
    pub image: Given<String>,
    /// Destination on iOS.
    #[serde(deserialize_with = "given")]
    pub ios: Given<String>,
    /// Destination on Android.
    #[serde(deserialize_with = "given")]
    pub android: Given<String>,
    /// Destinations by country.
    #[serde(deserialize_with = "given")]
    pub geo: Given<BTreeMap<String, String>>,
    /// Whether search engines may list its address.
    pub do_index: Option<bool>,
    /// `utm_source`.
    #[serde(rename = "utm_source", deserialize_with = "given")]
    pub utm_source: Given<String>,
    /// `utm_medium`.
    #[serde(rename = "utm_medium", deserialize_with = "given")]
    pub utm_medium: Given<String>,
    /// `utm_campaign`.
    #[serde(rename = "utm_campaign", deserialize_with = "given")]
    pub utm_campaign: Given<String>,
    /// `utm_term`.
    #[serde(rename = "utm_term", deserialize_with = "given")]
    pub utm_term: Given<String>,
    /// `utm_content`.
    #[serde(rename = "utm_content", deserialize_with = "given")]
    pub utm_content: Given<String>,
    /// The parameter `ref` of the destination.
    #[serde(deserialize_with = "given")]
    pub r#ref: Given<String>,
    /// Destinations of a test.
    #[serde(deserialize_with = "given")]
    pub test_variants: Given<Vec<TestVariant>>,
    /// When the test begins.
    #[serde(deserialize_with = "given")]
    pub test_started_at: Given<String>,
    /// When the test ends.
    #[serde(deserialize_with = "given")]
    pub test_completed_at: Given<String>,
    /// A film in the preview: not kept.
    #[serde(deserialize_with = "given")]
    pub video: Given<String>,
    /// The destination under the link's own address: not done.
    pub rewrite: Option<bool>,
    /// Ours: `click` (the default) or `listing`.
    pub kind: Option<String>,
    /// Ours: `live` (the default), `paused` or `retired`.
    pub state: Option<String>,
    /// Ours: where visitors go while it is paused, or once it is retired.
    #[serde(deserialize_with = "given")]
    pub instead_url: Given<String>,
    /// Ours: after how many counted clicks it ends.
    #[serde(deserialize_with = "given")]
    pub click_limit: Given<u64>,
    /// Ours: where it leads from then on.
    #[serde(deserialize_with = "given")]
    pub limit_url: Given<String>,
    /// Ours: destination on desktops.
    #[serde(deserialize_with = "given")]
    pub desktop: Given<String>,
    /// Ours: destinations by language.
    #[serde(deserialize_with = "given")]
    pub languages: Given<BTreeMap<String, String>>,
    /// Ours: `utm_id`.
    #[serde(rename = "utm_id", deserialize_with = "given")]
    pub utm_id: Given<String>,
    /// Ours: whether the templates of the program and the group add campaign parameters that it has not.
    pub utm_templates: Option<bool>,
    /// Dub's, for what every link here does or nobody asks.
    #[serde(rename = "programId")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Value>"))]
    _program_id: Option<IgnoredAny>,
    #[serde(rename = "trackConversion")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Value>"))]
    _track_conversion: Option<IgnoredAny>,
    #[serde(rename = "publicStats")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Value>"))]
    _public_stats: Option<IgnoredAny>,
    #[serde(rename = "webhookIds")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Value>"))]
    _webhook_ids: Option<IgnoredAny>,
}

impl LinkFields {
    /// A link's campaign parameters with what was sent in place of what was.
    #[must_use]
    pub fn utm(&self, stored: &Utm) -> Utm {
        let either = |new: &Given<String>, old: &Option<String>| new.clone().unwrap_or_else(|| old.clone());
        Utm {
            source: either(&self.utm_source, &stored.source),
            medium: either(&self.utm_medium, &stored.medium),
            campaign: either(&self.utm_campaign, &stored.campaign),
            term: either(&self.utm_term, &stored.term),
            content: either(&self.utm_content, &stored.content),
            id: either(&self.utm_id, &stored.id),
        }
        .cleaned()
    }
}

/// `POST /partners/links` and `PUT /partners/links/upsert`: a link of the partner whom our identifier names, or else the
/// sender's.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct PartnerLinkFields {
    /// Our identifier of the partner.
    pub partner_id: Option<String>,
    /// The sender's.
    pub tenant_id: Option<String>,
    /// Where it leads: to the partner's landing page where a new one has none.
    pub url: Option<String>,
    /// Last segment of its address; random characters where it is missing.
    pub key: Option<String>,
    /// Notes.
    #[serde(deserialize_with = "given")]
    pub comments: Given<String>,
    /// Everything else of it.
    pub link_props: LinkFields,
}

/// A destination of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestVariant {
    /// Where it leads.
    pub url: String,
    /// Its share of the visitors, in hundredths.
    pub percentage: f64,
}

/// `PATCH /links/bulk`: the same change to several links.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct BulkUpdate {
    /// Which, by our identifier.
    pub link_ids: Vec<String>,
    /// Which, by the sender's identifier.
    pub external_ids: Vec<String>,
    /// The change.
    pub data: LinkFields,
}

/// One link of a bulk request: as it is now, or why it is not as asked.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum BulkItem {
    /// As it is now.
    Link(Box<Link>),
    /// Nothing was written of it.
    Failed {
        /// What was asked for.
        link: Value,
        /// What is wrong.
        error: String,
        /// The error's code.
        code: &'static str,
    },
}

/// The answer to `DELETE /links/{id}`, `/tags/{id}`, `/folders/{id}` and `/groups/{id}`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Deleted {
    /// What is gone.
    pub id: String,
}

/// The answer to `DELETE /links/bulk`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeletedCount {
    /// How many are gone.
    pub deleted_count: usize,
    /// Those that stay because somebody has changed or followed them, where only untouched ones were to go; as they were named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept_ids: Vec<String>,
}

/// A link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct Link {
    pub id: String,
    pub domain: String,
    pub key: String,
    pub url: String,
    pub track_conversion: bool,
    pub external_id: Option<String>,
    pub tenant_id: Option<String>,
    pub program_id: Option<String>,
    pub partner_id: Option<String>,
    pub archived: bool,
    pub expires_at: Option<String>,
    pub expired_url: Option<String>,
    pub disabled_at: Option<String>,
    pub password: Option<String>,
    pub proxy: bool,
    pub title: Option<String>,
    pub description: Option<String>,
    pub image: Option<String>,
    pub video: Option<String>,
    pub rewrite: bool,
    pub do_index: bool,
    pub ios: Option<String>,
    pub android: Option<String>,
    pub geo: Option<BTreeMap<String, String>>,
    pub public_stats: bool,
    pub tags: Vec<Tag>,
    pub folder_id: Option<String>,
    pub comments: Option<String>,
    pub short_link: String,
    pub qr_code: String,
    #[serde(rename = "utm_source")]
    pub utm_source: Option<String>,
    #[serde(rename = "utm_medium")]
    pub utm_medium: Option<String>,
    #[serde(rename = "utm_campaign")]
    pub utm_campaign: Option<String>,
    #[serde(rename = "utm_term")]
    pub utm_term: Option<String>,
    #[serde(rename = "utm_content")]
    pub utm_content: Option<String>,
    pub test_variants: Option<Vec<TestVariant>>,
    pub test_started_at: Option<String>,
    pub test_completed_at: Option<String>,
    pub user_id: Option<String>,
    pub workspace_id: String,
    pub clicks: u64,
    pub leads: u64,
    pub conversions: u64,
    pub sales: u64,
    pub sale_amount: i64,
    pub last_clicked: Option<String>,
    pub created_at: String,
    pub updated_at: String,
    pub tag_id: Option<String>,
    pub project_id: String,
    pub webhook_ids: Vec<String>,
    /// Ours: `click` or `listing`.
    pub kind: String,
    /// Ours: `live`, `paused` or `retired`.
    pub state: String,
    /// Ours: where visitors go while it is paused, or once it is retired.
    pub instead_url: Option<String>,
    /// Ours: after how many counted clicks it ends.
    pub click_limit: Option<u64>,
    /// Ours: where it leads from then on.
    pub limit_url: Option<String>,
    /// Ours: destination on desktops.
    pub desktop: Option<String>,
    /// Ours: destinations by language.
    pub languages: Option<BTreeMap<String, String>>,
    /// Ours: `utm_id`.
    #[serde(rename = "utm_id")]
    pub utm_id: Option<String>,
    /// Ours: whether templates add campaign parameters that it has not.
    pub utm_templates: bool,
    /// Ours: whether a word opens it; the word itself is stored nowhere.
    pub password_protected: bool,
    /// Ours: the partner whose own people made it.
    pub made_by: Option<String>,
}

/// A tag of links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tag {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// One of [`TAG_COLORS`].
    pub color: String,
}

/// The colours of tags.
pub const TAG_COLORS: [&str; 8] = ["red", "yellow", "green", "blue", "purple", "brown", "gray", "pink"];

/// `POST /tags` and `PATCH /tags/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TagFields {
    /// Name: 1 to 50 characters.
    pub name: Option<String>,
    /// One of [`TAG_COLORS`].
    pub color: Option<String>,
    /// The name, as it was called before.
    pub tag: Option<String>,
}

/// `POST /folders` and `PATCH /folders/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct FolderFields {
    /// Name: 1 to 190 characters.
    pub name: Option<String>,
    /// What is in it, at most 500 characters.
    #[serde(deserialize_with = "given")]
    pub description: Given<String>,
    /// `write`, `read`, or `null`.
    #[serde(deserialize_with = "given")]
    pub access_level: Given<String>,
}

/// A folder of links.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct Folder {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub r#type: String,
    pub access_level: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}

/// `POST /groups` and `PATCH /groups/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct GroupFields {
    /// Name: 1 to 190 characters.
    pub name: Option<String>,
    /// Campaign parameters of its partners' links that have none of their own; `null`: the program's.
    #[serde(deserialize_with = "given")]
    pub utm: Given<Utm>,
    /// To change one: the name that was seen, unless it is written over whatever it is by now.
    pub before: Option<String>,
}

/// A group of partners.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Campaign parameters of its partners' links that have none of their own; `null`: the program's.
    pub utm: Option<Utm>,
    /// When it was made.
    pub created_at: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_not_what_is_taken_away() {
        let read = |json: &str| serde_json::from_str::<LinkFields>(json).map_err(|error| error.to_string());
        assert!(read("{}").is_ok_and(|fields| fields.title.is_none() && fields.geo.is_none()));
        assert!(read(r#"{"title":null}"#).is_ok_and(|fields| fields.title == Some(None)));
        assert!(read(r#"{"title":"T"}"#).is_ok_and(|fields| fields.title == Some(Some("T".into()))));
        assert!(read(r#"{"tagIds":"a"}"#).is_ok_and(|fields| fields.tag_ids.is_some_and(|n| n.list() == ["a"])));
        assert!(read(r#"{"programId":"x","trackConversion":true,"webhookIds":[]}"#).is_ok());
        assert!(read(r#"{"titel":"T"}"#).is_err_and(|error| error.contains("titel")));
    }
}
