//! QR codes.
pub async fn get() {}
