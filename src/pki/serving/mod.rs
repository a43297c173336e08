//! A serving CA and the serving certificate of an extension API server, and how they are renewed and replaced.
//!
//! kube-apiserver verifies the certificate with the caBundle of the APIService, and both change at different moments: the
//! caBundle in an instant, the certificate when the kubelet has brought the Secret to every Pod. So a new CA comes in three
//! steps, after each of which the one works with the other, before and after it has arrived:
//!
//! | step           | `serving-ca.crt` | `tls.crt` is of | the key beside               |
//! |----------------|------------------|-----------------|------------------------------|
//! |                | old              | old             | `serving-ca.key`: old        |
//! | 1, trust both  | old and new      | old             | and `serving-ca.next.key`    |
//! | 2, switch      | old and new      | new             | `serving-ca.key`: new        |
//! | 3, distrust    | new              | new             |                              |
//!
//! Where a replacement stands follows from these files alone ([`Stage`]).

mod contents;
mod layout;
mod make;
mod plan;
mod refusal;
mod wishes;

pub use contents::ServingContents;
pub use layout::ServingFile;
pub use make::make_serving;
pub use plan::{Ask, CaStep, ServingPlan, ServingRequest, Stage, Why, plan_serving};
pub use refusal::{ServingReason, ServingRefusal};
pub use wishes::{NextStep, ServingWishes};
