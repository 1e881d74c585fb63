//! The JSON client of the local server.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::time::Duration;

/// Talks to one origin.
pub struct Client {
    agent: ureq::Agent,
    origin: String,
    bearer: Option<String>,
}

/// What came back.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; `null` when it was not JSON.
    pub json: Value,
    /// The body as it came.
    pub text: String,
}

impl Client {
    /// A client without credentials.
    pub fn new(origin: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self { agent: config.into(), origin: origin.to_owned(), bearer: None }
    }

    /// The same client with `Authorization: Bearer`.
    pub fn with_bearer(&self, secret: &str) -> Self {
        Self { agent: self.agent.clone(), origin: self.origin.clone(), bearer: Some(secret.to_owned()) }
    }

    /// `GET`.
    ///
    /// # Errors
    /// When nothing answers.
    pub fn get(&self, path: &str) -> Result<Answer> {
        let mut request = self.agent.get(format!("{}{path}", self.origin));
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        Self::read(request.call().with_context(|| format!("GET {path}"))?, path)
    }

    /// `POST` of a JSON document.
    ///
    /// # Errors
    /// When nothing answers.
    pub fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.post_text(path, "application/json", &body.to_string())
    }

    /// `POST` of any text.
    ///
    /// # Errors
    /// When nothing answers.
    pub fn post_text(&self, path: &str, content_type: &str, body: &str) -> Result<Answer> {
        let mut request = self.agent.post(format!("{}{path}", self.origin)).header("content-type", content_type);
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        Self::read(request.send(body).with_context(|| format!("POST {path}"))?, path)
    }

    fn read(mut response: ureq::http::Response<ureq::Body>, path: &str) -> Result<Answer> {
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string().with_context(|| format!("reading {path}"))?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, json, text })
    }
}

impl Answer {
    /// The body of a 2xx answer.
    ///
    /// # Errors
    /// On any other status: the error quotes the body.
    pub fn ok(self, what: &str) -> Result<Value> {
        if (200..300).contains(&self.status) {
            return Ok(self.json);
        }
        let body: String = self.text.chars().take(600).collect();
        bail!("{what}: the server answered {}\n{body}", self.status)
    }
}

/// A string field that must be there.
///
/// # Errors
/// When it is missing or no string.
pub fn text(value: &Value, field: &str) -> Result<String> {
    value[field].as_str().map(str::to_owned).with_context(|| format!("the answer has no `{field}`: {value}"))
}
