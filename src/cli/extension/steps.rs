//! What is to be done next.

use super::super::directory::{Status, argument};
use super::outcome::Outcome;
use crate::kubernetes::names::ApiServiceName;
use crate::pki::Layout as _;
use crate::pki::serving::{Ask, CaStep, ServingFile, Stage};
use crate::text::{operand, printable, shell_word};

/// Something to be done, and how.
pub(super) struct Step {
    pub what: String,
    pub command: String,
}

impl Step {
    fn new(what: &str, command: String) -> Self {
        Self { what: what.to_owned(), command }
    }
}

impl Outcome<'_> {
    /// In their order.
    pub(super) fn steps(&self) -> Vec<Step> {
        if self.is_rehearsal() && self.wrote() {
            let more = match self.arguments.ask() {
                Ask::WhatIsDue => String::new(),
                Ask::ReplaceCa => "--replace-ca".to_owned(),
                Ask::Next(step) => format!("--next {}", step.name()),
                Ask::Everything => "--force".to_owned(),
            };
            return vec![Step::new("do it", self.arguments.command(&more, false))];
        }
        let directory = argument(&self.directory);
        let apply = format!("kubectl apply -f {directory}");
        let mut steps = Vec::new();
        let is_first = self.status(ServingFile::Access) == Some(Status::Made);
        if is_first && !matches!(self.extension.namespace.as_str(), "default" | "kube-system") {
            let command = format!("kubectl create namespace {}", shell_word(&self.extension.namespace));
            steps.push(Step::new("where the namespace is not there yet", command));
        }
        match self.stage() {
            Stage::Both => steps.extend(self.after_trusting_both(&apply)),
            Stage::Switched => steps.extend(self.after_switching(&apply)),
            Stage::One => {
                if self.wrote() {
                    let what = match self.ca_step() {
                        CaStep::Distrust => "put the caBundle without the other CA into the cluster",
                        _ => "put the objects into the cluster",
                    };
                    steps.push(Step::new(what, apply.clone()));
                }
                steps.extend(self.destroy());
                steps.push(Step::new("judge it all", format!("aggcert check {directory}")));
                if self.plan.is_some() {
                    let what = "from a timer: a new certificate when it is due, and the first step when the CA is";
                    steps.push(Step::new(what, format!("{} && {apply}", self.again(""))));
                }
            }
        }
        steps
    }

    fn after_trusting_both(&self, apply: &str) -> Vec<Step> {
        let mut steps = vec![Step::new("put the caBundle with both CAs into the cluster", apply.to_owned())];
        let compared = |api| Step::new("when it is there", self.compare_ca_bundle(api));
        steps.extend(self.extension.apis.iter().map(compared));
        steps.push(Step::new("then", self.again("--next switch")));
        steps
    }

    fn after_switching(&self, apply: &str) -> Vec<Step> {
        let issuer = self.contents.leaf().map(|leaf| leaf.issuer.to_string()).unwrap_or_default();
        let issuer = printable::line(&issuer);
        let shown = format!("kubelets bring it to the Pods within two minutes; each must serve what {issuer} issued");
        vec![
            Step::new("put the new certificate into the cluster", apply.to_owned()),
            Step::new(&shown, format!("aggcert probe --kubeconfig --api-service {}", self.arguments.name)),
            Step::new("then", self.again("--next distrust")),
        ]
    }

    /// The command for the next time.
    fn again(&self, more: &str) -> String {
        self.arguments.command(more, self.contents.has(ServingFile::CaKey))
    }

    fn compare_ca_bundle(&self, api: &ApiServiceName) -> String {
        let bundle = self.directory.join(ServingFile::CaCertificate.name());
        format!(
            "kubectl get apiservice {api} -o jsonpath='{{.spec.caBundle}}' | base64 -d | cmp - {}",
            shell_word(&operand(&bundle.display().to_string()))
        )
    }

    /// Keys of CAs that nobody trusts any more, once the last step is done.
    fn destroy(&self) -> Option<Step> {
        let keys = self.old_ca_keys.iter().map(|kept| argument(&self.directory.join(&kept.name))).collect::<Vec<_>>();
        let is_last = self.ca_step() == CaStep::Distrust && !keys.is_empty();
        is_last.then(|| Step::new("destroy the old CA's key", format!("rm {}", keys.join(" "))))
    }
}
