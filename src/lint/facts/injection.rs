//! Where cert-manager's injector takes a caBundle from (cert-manager, `pkg/controller/cainjector/sources.go`), and whether
//! that verifies the server.

use super::cert_manager::{Root, allows_injection, certificate, requested, secret};
use super::extension::{extension_command, host_name, servers_of};
use super::look::Judged;
use super::wording::{list, related};
use crate::lint::{Context, Finding, Fix, Outcome, Severity};
use crate::model::Reason;
use crate::source::ApiService;
use crate::source::injection::{InjectedFrom, Injection};
use crate::source::resource::{Certificate, ObjectName};
use crate::text::Located;
use crate::x509::host_name::matches;

/// Why the CAs of a caBundle are not known.
pub(crate) const FILLED_IN: &str = "a template or another program has caBundle filled in";

const NEVER_FILLED_IN: &str = "The injector passes the APIService over, and caBundle stays as it is: kube-apiserver verifies \
     the server with what is there, or with the root certificates of its own image or host, and the API is unavailable.";

/// What is wrong with the source of a caBundle.
///
/// # Errors
/// What the objects do not tell.
pub(crate) fn judge(service: &ApiService, injection: &Injection, context: &Context<'_>) -> Judged {
    if matches!(injection.from, InjectedFrom::Elsewhere | InjectedFrom::OperatorLifecycleManager) {
        return Err(Outcome::undecided(FILLED_IN));
    }
    let Some((namespace, name)) = injection.reference() else {
        let label = "no namespace before a `/`".to_owned();
        let message = "the annotation for the caBundle names no namespace";
        return Ok(vec![never(service, injection, message, label, rename(service, context))]);
    };
    let source = match injection.from {
        InjectedFrom::Secret => match of_secret(service, injection, (namespace, name), context)? {
            Ok(keeper) => keeper,
            Err(finding) => return Ok(vec![*finding]),
        },
        _ => match certificate(namespace, name, context) {
            Some(source) => source,
            None => return absent(service, injection, namespace, context),
        },
    };
    of_certificate(service, injection, source, context)
}

/// The Certificate that keeps the Secret, or what keeps the injector from taking it.
type Keeper<'a> = Result<&'a Certificate, Box<Finding>>;

fn of_secret<'a>(
    service: &ApiService,
    injection: &Injection,
    (namespace, name): (&str, &str),
    context: &Context<'a>,
) -> Result<Keeper<'a>, Outcome> {
    let keeper = context.objects.keeper(Some(namespace), name);
    let here = secret(namespace, name, context);
    let annotations = here.map(|one| &one.annotations).or(keeper.map(|one| &one.secret_annotations));
    let unknown = || Reason::undecided(format!("the Secret {namespace}/{name} is not among the objects"));
    let annotations = annotations.ok_or_else(|| unknown().at(&injection.value.origin))?;
    if !allows_injection(annotations) {
        let message = format!("the Secret {namespace}/{name} does not allow the injector to take its CA");
        let fix = Fix::from(
            "Annotate the Secret with cert-manager.io/allow-direct-injection=true, in the secretTemplate of its Certificate \
             where it has one; or name the Certificate in cert-manager.io/inject-ca-from instead.",
        );
        let fix = fix.command(&[
            "kubectl",
            "annotate",
            "secret",
            name,
            "-n",
            namespace,
            "cert-manager.io/allow-direct-injection=true",
        ]);
        let label = "its annotation cert-manager.io/allow-direct-injection is not \"true\"".to_owned();
        return Ok(Err(Box::new(never(service, injection, &message, label, fix))));
    }
    match keeper {
        Some(keeper) => Ok(Ok(keeper)),
        None => Err(unknown().at(&injection.value.origin).into()),
    }
}

fn absent(service: &ApiService, injection: &Injection, namespace: &str, context: &Context<'_>) -> Judged {
    let value = &injection.value;
    let others: Vec<String> = context
        .objects
        .requested_certificates()
        .filter(|one| one.object.may_be_in(Some(namespace)) && !one.object.is_opaque())
        .map(|one| one.object.name.value.clone())
        .collect();
    let are_all_here =
        lists_certificates(context).unwrap_or_else(|| !others.is_empty() && is_whole_chain(service, context));
    if !are_all_here {
        let why = format!("the Certificate {} is not among the objects", value.value);
        return Err(Reason::undecided(why).at(&value.origin).into());
    }
    let message = format!("the Certificate {}, from which caBundle is to be filled in, is not there", value.value);
    let label = format!("in that namespace {} there", are(&others));
    Ok(vec![never(service, injection, &message, label, rename(service, context))])
}

/// Whether the Certificates of a cluster were read; `None`: these are files, which need not be all that is applied.
fn lists_certificates(context: &Context<'_>) -> Option<bool> {
    context.beside.clusters.first().map(|cluster| cluster.lacks("certificates.cert-manager.io").is_none())
}

/// Whether the Certificates from the server's own up to one that signs itself are here: a further one is of no use to it.
fn is_whole_chain(service: &ApiService, context: &Context<'_>) -> bool {
    let asked = asked(service, context);
    !asked.is_empty() && asked.into_iter().all(|one| matches!(Root::of(one, context), Root::SelfSigned(_)))
}

fn are(names: &[String]) -> String {
    if names.is_empty() {
        return "none is".to_owned();
    }
    format!("{} {}", list(names, "and"), if names.len() == 1 { "is" } else { "are" })
}

fn of_certificate(service: &ApiService, injection: &Injection, source: &Certificate, context: &Context<'_>) -> Judged {
    let root = Root::of(source, context);
    if matches!(root, Root::Acme) {
        let message = format!("the {} is of an ACME issuer, which gives no CA", source.object);
        let label = "its Secret has no ca.crt".to_owned();
        let fix = with_own_ca(service, context);
        return Ok(vec![never(service, injection, &message, label, fix)]);
    }
    let asked = asked(service, context);
    let mut unknown = asked.is_empty();
    let mut findings = Vec::new();
    for asked in asked {
        let of_asked = Root::of(asked, context);
        match root.verifies(asked, of_asked) {
            Some(false) => findings.push(other_ca(service, injection, source, asked)),
            Some(true) if signs_itself(of_asked, asked) => {
                findings.push(gap(service, injection, asked, context));
            }
            Some(true) => {}
            None => unknown = true,
        }
    }
    if findings.is_empty() && unknown {
        let why = format!("whether the CA of the {} issued the server's certificate is not told here", source.object);
        return Err(Reason::undecided(why).at(&injection.value.origin).into());
    }
    Ok(findings)
}

/// The Certificates of the servers behind an APIService; where no server is here, those for its Service.
fn asked<'a>(service: &ApiService, context: &Context<'a>) -> Vec<&'a Certificate> {
    let servers = servers_of(service, context).unwrap_or_default();
    let of_servers: Vec<&Certificate> =
        servers.into_iter().filter_map(|server| requested(server, context)?.certificate).collect();
    if !of_servers.is_empty() {
        return of_servers;
    }
    let Some(host) = host_name(service) else { return Vec::new() };
    let is_for_host = |one: &&Certificate| one.dns_names.iter().any(|name| matches(&name.value, &host));
    context.objects.requested_certificates().filter(is_for_host).collect()
}

/// A certificate that verifies nothing but itself: one that may sign, and keeps its key when it is renewed, verifies the one
/// before it too.
fn signs_itself(root: Root<'_>, asked: &Certificate) -> bool {
    let Root::SelfSigned(own) = root else { return false };
    let keeps_key = asked.rotation_policy.as_deref() == Some("Never");
    own.object == asked.object && !(asked.is_ca && keeps_key)
}

fn gap(service: &ApiService, injection: &Injection, asked: &Certificate, context: &Context<'_>) -> Finding {
    let name = &service.name.value;
    let issuer = asked.issuer.as_ref().map(|issuer| &issuer.name);
    Finding::warning(format!(
        "{name}: the {} signs itself, so that caBundle is another one after each renewal",
        asked.object
    ))
    .at(&injection.value.origin, "the injector takes it at once, the Pods later")
    .related(issuer.map(|issuer| related(&issuer.origin, "a selfSigned issuer")))
    .consequence(format!(
        "From the renewal until the last Pod has loaded the new certificate, which takes the kubelet about a minute, \
         and longer where the server must be restarted for it, kube-apiserver ends connections with `x509: \
         certificate signed by unknown authority`: requests for {name} get 503, whoever sends them."
    ))
    .fix(with_own_ca(service, context))
    .identity(identity(service, injection, &asked.object))
}

fn other_ca(service: &ApiService, injection: &Injection, source: &Certificate, asked: &Certificate) -> Finding {
    let name = &service.name.value;
    let place = |object: &ObjectName, what: &str| related(&object.name.origin, what);
    Finding::error(format!(
        "{name}: caBundle is filled in from the {}, whose CA did not issue the {}",
        source.object, asked.object
    ))
    .at(&injection.value.origin, "not the CA of the server's certificate")
    .related([place(&source.object, "from here"), place(&asked.object, "what the server shows")])
    .consequence(format!(
        "kube-apiserver ends the connection, `x509: certificate signed by unknown authority`: every request for \
         {name} gets 503."
    ))
    .fix(annotate(service, asked))
    .identity(identity(service, injection, &asked.object))
}

/// What the injector passes over.
fn never(service: &ApiService, injection: &Injection, message: &str, label: String, fix: Fix) -> Finding {
    // What a cluster shows may be of use until the next certificate.
    Finding::new(Severity::error_if(service.ca_bundle_unknown), format!("{}: {message}", service.name.value))
        .at(&injection.value.origin, label)
        .consequence(NEVER_FILLED_IN)
        .fix(fix)
        .identity([service.name.value.clone(), injection.value.value.clone()])
}

fn identity(service: &ApiService, injection: &Injection, object: &ObjectName) -> Vec<String> {
    vec![service.name.value.clone(), injection.value.value.clone(), object.to_string()]
}

/// Names the server's own Certificate, whose Secret has the CA that issued it.
fn rename(service: &ApiService, context: &Context<'_>) -> Fix {
    match asked(service, context).first() {
        Some(asked) => annotate(service, asked),
        None => {
            Fix::from("Name the Certificate of the server, `NAMESPACE/NAME`: its Secret has the CA that issued it.")
        }
    }
}

fn annotate(service: &ApiService, asked: &Certificate) -> Fix {
    let sentence = "Name the Certificate of the server: its Secret has the CA that issued it.";
    let Some(Located { value: namespace, .. }) = &asked.object.namespace else {
        return Fix::from(format!(
            "{sentence} It is {}, in the namespace that it is applied to.",
            asked.object.name.value
        ));
    };
    let annotation = format!("cert-manager.io/inject-ca-from={namespace}/{}", asked.object.name.value);
    Fix::from(sentence).command(&["kubectl", "annotate", "apiservice", &service.name.value, &annotation, "--overwrite"])
}

fn with_own_ca(service: &ApiService, context: &Context<'_>) -> Fix {
    let fix = Fix::from(
        "Make a CA with a selfSigned issuer (isCA: true, rotationPolicy: Never), an issuer that signs with the CA's Secret, \
         let that one issue the serving certificate, and have caBundle filled in from the CA. This command writes it all.",
    );
    let servers = servers_of(service, context).unwrap_or_default();
    let command = servers.first().and_then(|server| extension_command(service, server, context));
    let with_cert_manager = |mut words: Vec<String>| {
        words.push("--cert-manager".to_owned());
        words
    };
    command.map(with_cert_manager).into_iter().fold(fix, |fix, words| fix.command(&words))
}
