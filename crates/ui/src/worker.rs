//! What the console asks a worker beside its page, so that a long answer never holds the page up. Both sides of the
//! conversation stand here; `www/console/worker.js` passes it on.

use std::{cell::RefCell, rc::Rc};

use engine::{
    policy::{Policies, Policy},
    time::Time,
};
use js_sys::{Array, Function};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wire::policy::AddPolicy;

use crate::{
    api::Source,
    filters::Filters,
    json::{Json, object},
    model::{
        compare::{Compared, Line, Role, Why},
        loaded::Loaded,
    },
    page::read_query,
};

thread_local! {
    /// The facts, for as long as the worker lives.
    static LOADED: RefCell<Option<Rc<Loaded>>> = const { RefCell::new(None) };
}

/// Compares what two queries of an address ask for. `draft` is empty, or a policy as `POST /api/policies` takes it: the second
/// side is judged by it from its beginning on, and from the first sale on where it names none. `told` hears each step, as a number from 0 to
/// [`STEPS`](crate::model::compare::STEPS). What is answered, [`read`] reads.
///
/// # Errors
/// The status for which there are no facts; 0 where nothing was reached.
#[wasm_bindgen]
pub async fn compare(first: String, second: String, draft: String, told: Function) -> Result<JsValue, JsValue> {
    let tell = |step: u32| {
        // Nobody may be listening any more.
        let _ = told.call1(&JsValue::NULL, &step.into());
    };
    tell(0);
    let known = LOADED.with_borrow(Clone::clone);
    let loaded = match known {
        Some(loaded) => loaded,
        None => {
            let (feed, _) = Source::default().feed().await.map_err(|failure| JsValue::from_str(&failure.advice()))?;
            let loaded = Rc::new(Loaded::new(feed));
            LOADED.set(Some(Rc::clone(&loaded)));
            loaded
        }
    };
    let filters = |query: &str| read_query(query).unwrap_or_default();
    let (first, second): (Filters, Filters) = (filters(&first), filters(&second));
    let policies = drafted(&loaded, &draft)?;
    Ok(written(&Compared::of(&loaded, &first, &second, policies, &tell)))
}

/// The policies with a draft behind them; `None` where there is no draft.
fn drafted(loaded: &Loaded, draft: &str) -> Result<Option<Policies>, JsValue> {
    if draft.is_empty() {
        return Ok(None);
    }
    let draft: AddPolicy = Json::read(draft).and_then(|draft| draft.typed()).ok_or(JsValue::NULL)?;
    let known = &loaded.head.policies;
    let is_whole = draft.since.is_none();
    let policy =
        draft.policy(known.latest(), loaded.head.now).map_err(|fault| JsValue::from_str(&fault.to_string()))?;
    let mut versions = known.versions().to_vec();
    versions.push(policy);
    Ok(if is_whole { Some(Policy { since: Time(0), ..policy }.into()) } else { Policies::new(versions) })
}

fn written(compared: &Compared) -> JsValue {
    let role = |role: &Role| {
        let touches: Array = role.touches.iter().map(|touch| JsValue::from_f64(*touch as f64)).collect();
        object(&[
            ("touches", touches.into()),
            ("of", JsValue::from_f64(role.of as f64)),
            ("share", JsValue::from_f64(role.share as f64)),
            ("reason", (&role.reason).into()),
        ])
    };
    let why = |why: &Why| {
        object(&[
            ("customer", (&why.customer).into()),
            ("row", why.row.into()),
            ("a", JsValue::from_f64(why.a as f64)),
            ("b", JsValue::from_f64(why.b as f64)),
            ("roles", why.roles.iter().map(role).collect::<Array>().into()),
        ])
    };
    let line = |line: &Line| {
        object(&[
            ("id", (&line.id).into()),
            ("name", (&line.name).into()),
            ("a", JsValue::from_f64(line.a as f64)),
            ("b", JsValue::from_f64(line.b as f64)),
            ("customers", JsValue::from_f64(line.customers as f64)),
            ("why", line.why.iter().map(why).collect::<Array>().into()),
        ])
    };
    let lines = compared.lines.iter().map(line).collect::<Array>();
    object(&[("total", JsValue::from_f64(compared.total as f64)), ("lines", lines.into())])
}

/// What the worker answered.
#[must_use]
pub fn read(said: &Json) -> Compared {
    let number = |said: &Json, name: &str| said.number(name).unwrap_or(0);
    let size = |said: &Json, name: &str| usize::try_from(number(said, name)).unwrap_or(0);
    let role = |said: &Json| Role {
        touches: said.get("touches").list().iter().filter_map(Json::own_number).map(|touch| touch as usize).collect(),
        of: size(said, "of"),
        share: number(said, "share").unsigned_abs(),
        reason: said.text("reason"),
    };
    let why = |said: &Json| Why {
        customer: said.text("customer"),
        row: size(said, "row") as u32,
        a: number(said, "a"),
        b: number(said, "b"),
        roles: [0, 1].map(|side| said.get("roles").list().get(side).map(role).unwrap_or_default()),
    };
    let line = |said: &Json| Line {
        id: said.text("id"),
        name: said.text("name"),
        a: number(said, "a"),
        b: number(said, "b"),
        customers: size(said, "customers"),
        why: said.get("why").list().iter().map(why).collect(),
    };
    Compared { total: number(said, "total"), lines: said.get("lines").list().iter().map(line).collect() }
}
