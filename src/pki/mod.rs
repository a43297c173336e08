//! Making the certificates of the aggregation layer and keeping them safe on disk.
//!
//! ```text
//! Request + Contents ──plan──> Plan ──make──> Change ──Store::commit──> files
//! (arguments)  (DIR)          (pure)   (keys, certificates)  (all or nothing)
//! ```
//!
//! * [`plan`](mod@plan) decides what to make, to keep and to refuse, from what was asked for and what is there.
//! * [`profile`], [`key`], [`issue`] and [`validity`] say what a certificate holds and make it.
//! * [`serving`] does the same for the serving certificate of an extension API server and its CA.
//! * `renewal` says what the next client has in common with the one before, and when it is due.
//! * [`store`] changes the directory so that it can be interrupted at any moment.

pub mod contents;
mod fit;
mod hazards;
pub mod issue;
pub mod key;
pub(crate) mod key_form;
mod layout;
pub mod make;
pub mod plan;
pub mod profile;
mod renewal;
pub mod request;
pub mod serving;
pub mod store;
pub mod validity;

pub use contents::{Contents, Entry, KeyFile, former_bundles, former_cas};
pub use fit::{Misfit, client_fits, shares_key};
pub use hazards::{Hazard, hazards, wide_keys};
pub use key::{KeyAlgorithm, SigningKey};
pub use layout::{CLUSTER_CA, Layout, PkiFile};
pub use make::{Made, MakeError, Wishes, make};
pub use plan::{CaPlan, ClientPlan, ExistingCa, GivenCa, Plan, Reason, Refusal, Replace, Request, plan};
pub use profile::dated_name;
pub use renewal::{CLIENT_VALIDITY, Likeness, due_at};
pub use store::{Change, Kept, Recovery, Store, StoreError};
pub use validity::{Validity, ValidityError};
