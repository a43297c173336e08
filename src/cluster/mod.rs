//! A running cluster as one more source: its objects are read with a kubeconfig, and become the `List` that
//! `kubectl get -o yaml` would give, without anything secret. The readers of files take it from there.

mod client;
mod collect;
mod fetch;
pub mod probe;
mod project;
mod questions;
pub mod rbac;
mod redact;
mod unavailable;
pub mod yaml;

use std::sync::Arc;

pub use client::{Access, ClusterError};
pub use questions::{RIGHTS, Resource, Right};

use crate::text::SourceFile;
use collect::Collector;
use fetch::Asker;

/// Reads a cluster. `progress` is called with each answer.
///
/// # Errors
/// When there is no way to it. What it does not let this account read is said in what is read.
pub fn collect(access: &Access, progress: impl Fn() + 'static) -> Result<Arc<SourceFile>, ClusterError> {
    // One thread: the answers are waited for, and other commands start none.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let found = access.find().await?;
        let asker = Asker { client: found.client()?, progress: Box::new(progress) };
        let objects = Collector::new(asker, &found).collect().await?;
        Ok(yaml::list(&format!("<cluster {}>", found.name), &objects))
    })
}
