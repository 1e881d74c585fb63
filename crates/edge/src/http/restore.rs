//! Bringing a whole instance back.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use wire::{account::Restored, fact::BYTES_MAX, problem::Code};

use super::{
    body::{read, utf8},
    setup::Opening,
};
use crate::{
    app::{App, digest},
    error::Error,
    export::archive::{Refusal, Taken, tables_of, take},
    store::{
        archive,
        audit::{Actor, Pen},
        is_taken, program,
    },
};

/// `POST /api/restore`, opened by the secret of the environment, with lines that `GET /api/export` gave, at most
/// [`BYTES_MAX`] a request:
/// 1. 401 without the secret (also where none is set);
/// 2. 400 when the body is too long or no text;
/// 3. 409 when a program has been set up; the very same last part again answers as 6, as long as nobody came in;
/// 4. 422 naming the line and the rule, 409 naming the row that is to come first: nothing of the request is taken. Where
///    the last line does not fit the others, or the rows do not fit each other, all that came is forgotten;
/// 5. 200 with how many rows have come: they are kept aside, and nothing answers for them yet. Lines that came before
///    are passed over, and the first line of another export begins anew;
/// 6. 201 with keys, shown here and never again, once the last line has come: everything is there at once.
#[worker::send]
pub async fn create(app: App, headers: HeaderMap, body: Body) -> Result<Response, Error> {
    let opening = Opening::new(&app, &headers)?;
    let bytes = read(body, BYTES_MAX).await?;
    let request = digest(&bytes);
    let pen = Pen::new(app.db()?, Actor::Own("restore"), app.now());
    if program::load_row(&pen).await?.is_some() {
        return opening.again(&app, &pen, &request).await;
    }
    let known = archive::schema(&pen).await?.tables;
    let before = archive::progress(&pen).await?;
    let from = before.as_ref().map_or(0, |progress| progress.rows);
    let taken = match take(before, utf8(&bytes)?, &known) {
        Ok(taken) => taken,
        Err(Refusal::Line(line, rule)) => {
            return Err(Error::Refused(Code::UnprocessableEntity, format!("line {line}: {rule}")));
        }
        Err(Refusal::Gap(row)) => {
            return Err(Error::Refused(Code::Conflict, format!("n: must go on with row {row}")));
        }
        Err(Refusal::Broken(why)) => return forget(&pen, why).await,
    };
    let Taken { anew, progress, rows, end } = &taken;
    if *anew || !rows.is_empty() {
        match archive::keep(&pen, if *anew { 0 } else { from }, &taken).await {
            Ok(()) => {}
            Err(error) if is_taken(&error) => {
                return Err(Error::Refused(
                    Code::Conflict,
                    "Another request brought these lines: send them again".into(),
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if !end {
        let answer = axum::Json(Restored { rows: progress.rows });
        return Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], answer).into_response());
    }
    let tables = tables_of(&progress.header, &known).map_err(Error::Unavailable)?;
    let keys = opening.keys(&app, &request)?;
    let stored = archive::keys(&pen, &keys, app.now().0)?;
    if let Err(error) = archive::apply(&pen, &tables, stored).await {
        if program::load_row(&pen).await?.is_some() {
            return opening.again(&app, &pen, &request).await;
        }
        // What the database says about a row is the file's fault; that it did not answer is not.
        if ["constraint", "cannot store"].iter().any(|word| error.to_string().contains(word)) {
            return forget(&pen, &format!("the rows do not fit each other or this version: {error}")).await;
        }
        return Err(error.into());
    }
    opening.again(&app, &pen, &request).await
}

/// Forgets what came, since it can never be whole.
async fn forget(pen: &Pen, why: &str) -> Result<Response, Error> {
    archive::discard(pen).await?;
    Err(Error::Refused(Code::UnprocessableEntity, format!("end: {why}")))
}
