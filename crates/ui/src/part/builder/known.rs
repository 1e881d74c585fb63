//! What links are held against, as the server has it.

use leptos::{prelude::*, task::spawn_local};
use wire::path;

use crate::{
    api::{Refusal, Source},
    json::Json,
    model::paste::Known,
    part::{
        named::{self, utm},
        server::{self, Asked},
    },
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
    let partners = named::partners(&groups).await?;
    Ok(Some(Known {
        own: window().location().host().unwrap_or_default(),
        domains: texts(&program.get("domains")),
        hosts: texts(&program.get("allowedHosts")),
        utm: utm(&program.get("utm")),
        partners,
    }))
}

fn texts(list: &Json) -> Vec<String> {
    list.list().iter().filter_map(Json::own_text).collect()
}
