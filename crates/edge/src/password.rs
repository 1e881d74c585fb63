//! The word that opens a link: stored as PBKDF2 with HMAC-SHA-256, a salt of its own and the most rounds that Workers allow,
//! computed by the runtime (WebCrypto), which is far faster than WebAssembly would be.
//!
//! Written as `pbkdf2-sha256$<rounds>$<salt>$<hash>`, the last two in hexadecimal.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use worker::wasm_bindgen_futures::JsFuture;

use crate::{
    app::{App, hex},
    error::Error,
};

/// Most rounds that the runtime does.
const ROUNDS: u32 = 100_000;
const NAME: &str = "pbkdf2-sha256";
/// Most bytes of a word.
pub const MAX: usize = 200;

/// What is stored of a word.
pub async fn hash(app: &App, word: &str) -> Result<String, Error> {
    let salt = hex(&app.random::<16>()?);
    Ok(format!("{NAME}${ROUNDS}${salt}${}", derive(word, &salt, ROUNDS).await?))
}

/// Whether a word is the one that was stored.
pub async fn matches(word: &str, stored: &str) -> Result<bool, Error> {
    let parts: Vec<&str> = stored.split('$').collect();
    let [NAME, rounds, salt, hash] = parts[..] else {
        return Err(Error::Unavailable("a stored word of an unknown form".into()));
    };
    let rounds = rounds.parse().map_err(|_| Error::Unavailable("a stored word without rounds".into()))?;
    if word.len() > MAX {
        return Ok(false);
    }
    let derived = derive(word, salt, rounds).await?;
    // In the same time, wherever they differ.
    let differences = derived.bytes().zip(hash.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    Ok(derived.len() == hash.len() && differences == 0)
}

async fn derive(word: &str, salt: &str, rounds: u32) -> Result<String, Error> {
    let bits = async {
        let crypto = Reflect::get(&js_sys::global(), &"crypto".into())?;
        let subtle = Reflect::get(&crypto, &"subtle".into())?;
        let call = |method: &str, arguments: &Array| -> Result<JsFuture, JsValue> {
            let function: Function = Reflect::get(&subtle, &method.into())?.dyn_into()?;
            Ok(JsFuture::from(function.apply(&subtle, arguments)?.dyn_into::<Promise>()?))
        };
        let bytes = |text: &str| JsValue::from(Uint8Array::from(text.as_bytes()));
        let usages = JsValue::from(Array::of1(&"deriveBits".into()));
        let import = Array::of5(&"raw".into(), &bytes(word), &"PBKDF2".into(), &false.into(), &usages);
        let key = call("importKey", &import)?.await?;
        let how = Object::new();
        for (name, value) in [
            ("name", "PBKDF2".into()),
            ("hash", "SHA-256".into()),
            ("salt", bytes(salt)),
            ("iterations", rounds.into()),
        ] {
            Reflect::set(&how, &name.into(), &value)?;
        }
        let bits = call("deriveBits", &Array::of3(&how, &key, &256.into()))?.await?;
        Ok::<_, JsValue>(hex(&Uint8Array::new(&bits).to_vec()))
    };
    bits.await.map_err(|error| Error::Unavailable(format!("WebCrypto: {error:?}")))
}
