//! Which stores answer.

use axum::{Json, response::IntoResponse};
use http::header;
use serde::Serialize;

use crate::{app::App, error::Error, store};

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    stores: Stores,
}

#[derive(Serialize)]
struct Stores {
    d1: bool,
    kv: bool,
    queue: bool,
}

/// `GET /healthz`: 200 with the version, whatever the stores do: the Worker answers, and says what it can reach. `d1` is a
/// query on a migrated table, `kv` a read, `queue` a binding (a queue cannot be asked without a message).
#[worker::send]
pub async fn get(app: App) -> impl IntoResponse {
    let d1 = async { store::program::load_row(&app.db()?).await };
    let kv = async { Ok::<_, Error>(app.links()?.get("v1/program").text().await?) };
    let stores = Stores { d1: d1.await.is_ok(), kv: kv.await.is_ok(), queue: app.touches().is_ok() };
    let status = if stores.d1 && stores.kv && stores.queue { "ok" } else { "degraded" };
    let health = Health { status, version: env!("CARGO_PKG_VERSION"), stores };
    ([(header::CACHE_CONTROL, "no-store")], Json(health))
}
