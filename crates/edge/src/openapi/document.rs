//! Routes as a document.

use std::collections::BTreeSet;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::routes;

/// Who may ask.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// The program: a secret key, or the session of one of its people.
    Team,
    /// The program or a partner's person.
    Side,
    /// A secret key or a publishable one.
    Lead,
    /// A publishable key, in the header or as the parameter `key`.
    Page,
    /// A session, a widget's token or a secret key.
    Reader,
    /// A session.
    Session,
    /// The secret of the setup.
    Setup,
    /// Stripe, by its signature.
    Stripe,
    /// Everybody.
    Nobody,
}

impl Key {
    fn security(self) -> Value {
        match self {
            Self::Setup | Self::Lead => json!([{ "bearer": [] }]),
            Self::Page => json!([{ "bearer": [] }, { "page": [] }]),
            Self::Team | Self::Side | Self::Reader => json!([{ "bearer": [] }, { "session": [] }]),
            Self::Session => json!([{ "session": [] }]),
            Self::Stripe => json!([{ "stripe": [] }]),
            Self::Nobody => json!([]),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Team => "A secret key, or a session of the program's people, with the scope.",
            Self::Side => "A secret key, or a session of the program's people or of the partner's, with the scope.",
            Self::Lead => "A secret or a publishable key.",
            Self::Page => "A publishable key.",
            Self::Reader => "A session, a widget's token or a secret key.",
            Self::Session => "A session.",
            Self::Setup => "The secret `SETUP_SECRET` of the instance.",
            Self::Stripe => "Stripe's signature.",
            Self::Nobody => "No key.",
        }
    }
}

/// A route.
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    says: &'static str,
    key: Key,
    query: Option<Value>,
    named: Option<&'static str>,
    body: Vec<(&'static str, Value)>,
    answers: Vec<(u16, &'static str, Value)>,
}

/// A route of this method and path, below `/api`.
pub fn route(method: &'static str, path: &'static str, key: Key, says: &'static str) -> Route {
    Route { method, path, says, key, query: None, named: None, body: Vec::new(), answers: Vec::new() }
}

const JSON: &str = "application/json";

impl Route {
    /// With parameters.
    pub fn query<T: JsonSchema>(mut self, schemas: &mut Schemas) -> Self {
        self.query = Some(T::json_schema(&mut schemas.reads).to_value());
        self
    }

    /// With one parameter that must be there: names, separated by commas.
    pub fn parameter(mut self, name: &'static str) -> Self {
        self.named = Some(name);
        self
    }

    /// With a body of JSON.
    pub fn body<T: JsonSchema>(mut self, schemas: &mut Schemas) -> Self {
        self.body.push((JSON, schemas.read::<T>()));
        self
    }

    /// With a body of another type.
    pub fn sends(mut self, media_type: &'static str, schema: Value) -> Self {
        self.body.push((media_type, schema));
        self
    }

    /// Answered with JSON.
    pub fn gives<T: JsonSchema>(mut self, status: u16, schemas: &mut Schemas) -> Self {
        self.answers.push((status, JSON, schemas.written::<T>()));
        self
    }

    /// Answered with another type.
    pub fn gives_bytes(mut self, status: u16, media_type: &'static str, schema: Value) -> Self {
        self.answers.push((status, media_type, schema));
        self
    }

    /// Answered with nothing but a status.
    pub fn gives_nothing(self, status: u16) -> Self {
        self.gives_bytes(status, "", Value::Null)
    }

    fn parameters(&self) -> Vec<Value> {
        let names = self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let in_path =
            names.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
        let query = self.query.as_ref().and_then(|schema| schema["properties"].as_object()).into_iter().flatten();
        // A parameter that is left out is not sent at all.
        let in_query = query.map(|(name, schema)| {
            let mut schema = schema.clone();
            if let Some(types) = schema["type"].as_array() {
                schema["type"] = types.iter().find(|word| *word != "null").cloned().unwrap_or(Value::Null);
            }
            schema.as_object_mut().map(|object| object.remove("default"));
            json!({ "name": name, "in": "query", "required": false, "schema": schema })
        });
        let named = self
            .named
            .iter()
            .map(|name| json!({ "name": name, "in": "query", "required": true, "schema": { "type": "string" } }));
        in_path.chain(in_query).chain(named).collect()
    }

    fn operation(&self) -> Value {
        let words = self.path.split(['/', '-', '{', '}', '_']).filter(|word| !word.is_empty());
        let name: String = words.map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        let mut answers = Map::new();
        for (status, media_type, schema) in &self.answers {
            let answer =
                answers.entry(status.to_string()).or_insert_with(|| json!({ "description": "", "content": {} }));
            answer["description"] = json!(if *status < 300 { "As asked." } else { "Refused." });
            if media_type.is_empty() {
                answer.as_object_mut().map(|object| object.remove("content"));
            } else {
                answer["content"][media_type] = json!({ "schema": schema });
            }
        }
        let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
        answers.insert("default".into(), json!({ "description": "Refused.", "content": { JSON: problem } }));
        let mut operation = json!({
            "operationId": format!("{}{name}", self.method),
            "summary": self.says,
            "description": self.key.words(),
            "security": self.key.security(),
            "responses": answers,
        });
        let parameters = self.parameters();
        if !parameters.is_empty() {
            operation["parameters"] = json!(parameters);
        }
        if !self.body.is_empty() {
            let content: Map<String, Value> = self
                .body
                .iter()
                .map(|(media_type, schema)| ((*media_type).to_owned(), json!({ "schema": schema })))
                .collect();
            operation["requestBody"] = json!({ "required": true, "content": content });
        }
        operation
    }
}

/// Collects the schemas that routes refer to: of what is read and of what is written, which differ where a property may be
/// left out of one only.
pub struct Schemas {
    reads: SchemaGenerator,
    writes: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|s| {
                s.definitions_path = "/components/schemas".into();
                s.meta_schema = None;
            })
        };
        Self {
            reads: settings().for_deserialize().into_generator(),
            writes: settings().for_serialize().into_generator(),
        }
    }
}

impl Schemas {
    fn read<T: JsonSchema>(&mut self) -> Value {
        self.reads.subschema_for::<T>().to_value()
    }

    fn written<T: JsonSchema>(&mut self) -> Value {
        self.writes.subschema_for::<T>().to_value()
    }

    /// All that were referred to, by name, and names of what is read otherwise than it is written: that has a name of its own.
    fn all(&mut self) -> (Map<String, Value>, BTreeSet<String>) {
        let (read, mut all) = (self.reads.take_definitions(true), self.writes.take_definitions(true));
        let mut apart = BTreeSet::new();
        loop {
            let differs = |(name, schema): &(&String, &Value)| {
                all.get(*name).is_some_and(|written| written != *schema || as_read(schema, &apart) != **schema)
            };
            let found: BTreeSet<String> = read.iter().filter(differs).map(|(name, _)| name.clone()).collect();
            if found == apart {
                break;
            }
            apart = found;
        }
        for (name, schema) in &read {
            let name = if apart.contains(name) { format!("{name}{READ}") } else { name.clone() };
            all.insert(name, as_read(schema, &apart));
        }
        (all, apart)
    }
}

/// What stands behind the name of a type that is read otherwise than it is written.
const READ: &str = "Sent";

/// A schema with its references to these types turned to what is read of them.
fn as_read(schema: &Value, apart: &BTreeSet<String>) -> Value {
    match schema {
        Value::String(text) => match text.strip_prefix("#/components/schemas/") {
            Some(name) if apart.contains(name) => json!(format!("{text}{READ}")),
            _ => schema.clone(),
        },
        Value::Array(list) => list.iter().map(|item| as_read(item, apart)).collect(),
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), as_read(value, apart))).collect(),
        _ => schema.clone(),
    }
}

/// The document, as it is kept.
pub fn write() -> String {
    let mut schemas = Schemas::default();
    let mut paths: Map<String, Value> = Map::new();
    let routes = routes::all(&mut schemas);
    schemas.written::<wire::problem::Problem>();
    let (schemas, apart) = schemas.all();
    for route in routes {
        let mut operation = route.operation();
        if let Some(body) = operation.get_mut("requestBody") {
            *body = as_read(body, &apart);
        }
        paths.entry(route.path).or_insert_with(|| json!({}))[route.method] = operation;
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tributary",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Partner attribution. Links, partners, discount codes, leads and sales have the shapes of Dub's API.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/api" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "page": { "type": "apiKey", "in": "query", "name": "key" },
                "session": { "type": "apiKey", "in": "cookie", "name": wire::cookie::SESSION },
                "stripe": { "type": "apiKey", "in": "header", "name": "Stripe-Signature" },
            },
        },
    });
    serde_json::to_string(&document).unwrap_or_default() + "\n"
}
