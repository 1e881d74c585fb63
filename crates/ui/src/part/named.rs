//! The partners of a program as the server lists them: whom something may be made for, and what they are called.

use engine::text::Utm;
use wire::path;

use super::server;
use crate::{api::Refusal, json::Json, model::paste::Partner};

/// All of them, by name, with what their groups say of links; of no groups they say nothing.
///
/// # Errors
/// Why they do not come.
pub async fn partners(groups: &[Json]) -> Result<Vec<Partner>, Refusal> {
    let partners = server::all(path::PARTNERS).await?;
    let mut partners: Vec<Partner> = partners.iter().map(|said| partner(said, groups)).collect();
    partners.sort_by_cached_key(|partner| partner.name.to_lowercase());
    Ok(partners)
}

fn partner(said: &Json, groups: &[Json]) -> Partner {
    let id = said.text("groupId");
    let group = groups.iter().find(|group| !id.is_empty() && group.text("id") == id);
    Partner {
        id: said.text("id"),
        name: said.text("name"),
        slug: said.text("username"),
        group: group.map(|group| group.text("name")),
        utm: group.map(|group| utm(&group.get("utm"))).unwrap_or_default(),
        left: said.text("status") != "approved",
    }
}

/// A template: its names have no `utm_` before them.
pub fn utm(said: &Json) -> Utm {
    Utm::collect(|name| said.some_text(name.trim_start_matches("utm_")))
}

/// What a partner is called; one whom nobody knows, by the identifier.
pub fn name_of(partners: &[Partner], id: &str) -> String {
    partners.iter().find(|partner| partner.id == id).map_or(id, |partner| &partner.name).to_owned()
}

/// Those for whom something may be made: what is sent, and the name.
pub fn choices(partners: &[Partner]) -> Vec<(String, String)> {
    let here = partners.iter().filter(|partner| !partner.left);
    here.map(|partner| (partner.id.clone(), partner.name.clone())).collect()
}
