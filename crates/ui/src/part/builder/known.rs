//! What links are held against, as the server has it.

use engine::text::Utm;
use leptos::{prelude::*, task::spawn_local};
use wire::path;

use crate::{
    api::{Refusal, Source},
    json::Json,
    model::paste::{Known, Partner},
    part::server::{self, Asked},
    state::Shared,
};

/// Whoever has this may make links.
const SCOPE: &str = "links:write";

/// Asks for it; notes, too, whether whoever is signed in may make links.
pub fn ask(known: RwSignal<Shared<Known>>, may: RwSignal<bool>, asked: Asked) {
    spawn_local(async move {
        match all().await {
            Ok(Some(found)) => {
                known.try_set(Shared::new(found));
                asked.came();
            }
            Ok(None) => {
                may.try_set(false);
            }
            Err(refusal) => asked.failed(refusal),
        }
    });
}

async fn all() -> Result<Option<Known>, Refusal> {
    let source = Source::default();
    let session = source.json(path::SESSION).await?;
    if !session.get("scopes").list().iter().any(|scope| scope.own_text().as_deref() == Some(SCOPE)) {
        return Ok(None);
    }
    let program = source.json(path::PROGRAM).await?;
    let groups = server::all(path::GROUPS).await?;
    let partners = server::all(path::PARTNERS).await?;
    let mut partners: Vec<Partner> = partners.iter().map(|said| partner(said, &groups)).collect();
    partners.sort_by_cached_key(|partner| partner.name.to_lowercase());
    Ok(Some(Known {
        own: window().location().host().unwrap_or_default(),
        hosts: program.get("allowedHosts").list().iter().filter_map(Json::own_text).collect(),
        utm: utm(&program.get("utm")),
        partners,
    }))
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
fn utm(said: &Json) -> Utm {
    Utm::collect(|name| said.some_text(name.trim_start_matches("utm_")))
}
