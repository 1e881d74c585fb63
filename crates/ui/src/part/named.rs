//! The partners of a program as the server lists them: whom something may be made for, and what they are called.

use wire::path;

use super::server;
use crate::{api::Refusal, json::Json};

/// A partner by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whether nothing is made for them any more.
    pub left: bool,
}

/// All of them, by name.
///
/// # Errors
/// Why they do not come.
pub async fn partners() -> Result<Vec<Named>, Refusal> {
    let read =
        |said: &Json| Named { id: said.text("id"), name: said.text("name"), left: said.text("status") != "approved" };
    let mut partners: Vec<Named> = server::all(path::PARTNERS).await?.iter().map(read).collect();
    partners.sort_by_cached_key(|partner| partner.name.to_lowercase());
    Ok(partners)
}

/// What a partner is called; one whom nobody knows, by the identifier.
pub fn name_of(partners: &[Named], id: &str) -> String {
    partners.iter().find(|partner| partner.id == id).map_or(id, |partner| &partner.name).to_owned()
}

/// Those for whom something may be made: what is sent, and the name.
pub fn choices(partners: &[Named]) -> Vec<(String, String)> {
    let here = partners.iter().filter(|partner| !partner.left);
    here.map(|partner| (partner.id.clone(), partner.name.clone())).collect()
}
