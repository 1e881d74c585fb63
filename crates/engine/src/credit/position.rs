//! Position-based models: fixed shares for the first and the last touch, the rest spread over those between.

/// Shares of first, middle and last, in any unit, and those of first and last where there are only two touches.
pub(super) struct Shape {
    first: u64,
    middle: u64,
    last: u64,
    two: (u64, u64),
}

/// 40 / 20 / 40; two touches ½ ½ (Google Analytics, HubSpot).
pub(super) const U: Shape = Shape { first: 2, middle: 1, last: 2, two: (1, 1) };
/// 20 / 20 / 60; two touches ¼ ¾ (Adobe Analytics).
pub(super) const J: Shape = Shape { first: 1, middle: 1, last: 3, two: (1, 3) };
/// 60 / 20 / 20; two touches ¾ ¼ (Adobe Analytics).
pub(super) const INVERSE_J: Shape = Shape { first: 3, middle: 1, last: 1, two: (3, 1) };

/// Weighs by position: all to the only touch.
pub(super) fn weigh(weights: &mut [u64], shape: &Shape) {
    match weights {
        [] => {}
        [only] => *only = 1,
        [first, last] => (*first, *last) = shape.two,
        [first, middle @ .., last] => {
            // The middle's share is spread over its touches: times their number, everything is whole.
            let n = middle.len() as u64;
            (*first, *last) = (shape.first * n, shape.last * n);
            middle.fill(shape.middle);
        }
    }
}
