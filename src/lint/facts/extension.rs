//! Which APIService leads to which extension API server, and which accounts have which rights.

use super::handshake::handshakes;
use crate::kubernetes::names::{ApiServiceName, is_label};
use crate::lint::{Context, Fix, Outcome, Target};
use crate::model::{ExtensionServer, Reason};
use crate::source::resource::{Endpoints, Service, Workload};
use crate::source::{ApiService, Handshake};
use crate::text::Origin;

/// The kube-apiservers' group of namespaced objects that extension API servers read from.
pub(crate) const KUBE_SYSTEM: &str = "kube-system";

/// The Service behind an APIService.
///
/// # Errors
/// Not applicable where there is none, undecided where it is not among the objects.
pub(crate) fn service_of<'a>(api_service: &ApiService, context: &Context<'a>) -> Result<&'a Service, Outcome> {
    let Some(reference) = &api_service.service else {
        return Err(Outcome::not_applicable("kube-apiserver serves this API itself"));
    };
    context.objects.service(reference).ok_or_else(|| {
        let name = reference.name.as_ref().map_or("", |name| name.value.as_str());
        Reason::undecided(format!("the Service {name} is not among the objects")).at(&reference.origin).into()
    })
}

/// What leads to the Pods of a Service.
pub(crate) fn endpoints_of<'a>(service: &'a Service, context: &Context<'a>) -> impl Iterator<Item = &'a Endpoints> {
    let (name, namespace) = (&service.object.name.value, service.object.namespace());
    context.objects.endpoints().filter(move |one| one.service == *name && one.object.may_be_in(namespace))
}

/// The extension API servers that an APIService leads to.
///
/// # Errors
/// As above; undecided where none is among the objects.
pub(crate) fn servers_of<'a>(
    api_service: &ApiService,
    context: &Context<'a>,
) -> Result<Vec<&'a ExtensionServer>, Outcome> {
    let service = service_of(api_service, context)?;
    let selected: Vec<&Workload> = context.objects.selected_by(service).collect();
    let is_selected = |server: &&ExtensionServer| selected.iter().any(|one| is_same(one, &server.workload));
    let servers: Vec<&ExtensionServer> = match selected.is_empty() {
        true => Vec::new(),
        false => extensions(context).filter(is_selected).collect(),
    };
    if servers.is_empty() && handshakes(context).any(|one| leads_to(service, one)) {
        return Err(Reason::reported("its server was asked", "serving-certificate-untrusted").into());
    }
    if servers.is_empty() {
        let why = format!("no server behind the {} is among the objects", service.object);
        return Err(Reason::undecided(why).at(&service.object.name.origin).into());
    }
    Ok(servers)
}

/// Whether a Service leads to a server that was asked.
pub(crate) fn leads_to(service: &Service, handshake: &Handshake) -> bool {
    let name = service.object.namespace().map(|namespace| format!("{namespace}/{}", service.object.name.value));
    name.is_some_and(|name| handshake.services.contains(&name))
}

/// The extension API servers beside the target.
pub(crate) fn extensions<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a ExtensionServer> {
    context.beside.iter().filter_map(|target| match *target {
        Target::Extension(server) => Some(server),
        _ => None,
    })
}

/// Whether it is the same workload, read once.
pub(crate) fn is_same(one: &Workload, other: &Workload) -> bool {
    // Kinds are mostly the same: names tell them apart sooner.
    one.object.name.value == other.object.name.value && one.object == other.object
}

/// Where an extension API server's arguments stand, for what is missing among them.
pub(crate) fn place(server: &ExtensionServer) -> Origin {
    server.setup.invocation.origin.clone()
}

/// The name that kube-apiserver verifies a serving certificate for (`BuildTransportConfig` of kube-aggregator); `None`:
/// the APIService does not tell.
pub(crate) fn host_name(api_service: &ApiService) -> Option<String> {
    let reference = api_service.service.as_ref()?;
    let (name, namespace) = (reference.name.as_ref()?, reference.namespace.as_ref()?);
    Some(format!("{}.{}.svc", name.value, namespace.value))
}

/// The command that makes a serving CA, a certificate and the objects around it for a server; `None`: the APIService does not
/// tell for which Service, or what it tells cannot be.
pub(crate) fn extension_command(api_service: &ApiService, server: &ExtensionServer) -> Option<Vec<String>> {
    let reference = api_service.service.as_ref()?;
    let (service, namespace) = (&reference.name.as_ref()?.value, &reference.namespace.as_ref()?.value);
    // The command refuses what could not be meant.
    let is_taken = api_service.name.value.parse::<ApiServiceName>().is_ok() && is_label(service) && is_label(namespace);
    if !is_taken {
        return None;
    }
    let words = ["aggcert", "extension", &api_service.name.value, "--namespace", namespace, "--service", service];
    let account = Some(server.service_account()).filter(|account| account != service);
    let account = account.into_iter().flat_map(|account| ["--service-account", account]);
    Some(words.into_iter().chain(account).chain(["--tls-dir", "/tls"]).map(str::to_owned).collect())
}

/// What the flags stand in the way of.
pub(crate) fn read_the_config_map() -> Fix {
    Fix::from(
        "Take --requestheader-client-ca-file and the other --requestheader flags away: the server then reads the CA and \
         the names from the ConfigMap kube-system/extension-apiserver-authentication, and follows it when it changes. Its \
         ServiceAccount needs the Role extension-apiserver-authentication-reader for that.",
    )
}
