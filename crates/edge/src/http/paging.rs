//! Pages of lists.

use crate::error::Error;

/// Limit and offset of a page: pages count from 1 and hold 1 to 100, as in Dub's API.
pub fn page(page: Option<u32>, size: Option<u32>) -> Result<(u32, u32), Error> {
    let (page, size) = (page.unwrap_or(1), size.unwrap_or(100));
    if !(1..=100).contains(&size) {
        return Err(Error::rule("pageSize", "must be from 1 to 100"));
    }
    if !(1..=1_000_000).contains(&page) {
        return Err(Error::rule("page", "must be from 1 to 1000000"));
    }
    Ok((size, (page - 1) * size))
}
