//! Rows in order. One code for every table: each further instance of a sort is eight kilobytes that a page loads.

/// Sorts rows by a key; equal ones keep their order.
pub(crate) fn sort(rows: &mut [u32], key: impl Fn(u32) -> u64) {
    let mut keyed: Vec<(u64, u32, u32)> =
        rows.iter().enumerate().map(|(place, row)| (key(*row), place as u32, *row)).collect();
    // By place where keys are equal: so it is stable, and in no need of the larger code of a stable sort.
    keyed.sort_unstable();
    for (slot, (.., row)) in rows.iter_mut().zip(keyed) {
        *slot = row;
    }
}

/// Two numbers as one key: by the first, then by the second.
pub(crate) fn pair(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}
