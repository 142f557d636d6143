{{- /* Contradictions that a schema cannot see, all at once. */ -}}
{{- define "library.validate" -}}
{{- $wrong := list -}}
{{- if and .Values.notices.mail.server (not .Values.notices.mail.from) -}}
{{- $wrong = append $wrong "notices.mail.server needs notices.mail.from: whom mails are from" -}}
{{- end -}}
{{- if and .Values.notices.bounces.mailbox (not .Values.notices.bounces.existingSecret) -}}
{{- $wrong = append $wrong "notices.bounces.mailbox needs notices.bounces.existingSecret: the password of the mailbox" -}}
{{- end -}}
{{- if and .Values.notices.push.url (not .Values.notices.push.existingSecret) -}}
{{- $wrong = append $wrong "notices.push.url needs notices.push.existingSecret: requests to the gateway are signed" -}}
{{- end -}}
{{- range $service, $_ := include "library.services" . | fromYaml -}}
{{- $own := include "library.service" (dict "root" $ "service" $service) | fromYaml -}}
{{- $database := $own.database -}}
{{- if and (not $.Values.postgresql.enabled) (not $database.existingSecret) -}}
{{- $wrong = append $wrong (printf "postgresql.enabled is false: services.%s.database needs existingSecret, and a host unless the Secret names it" $service) -}}
{{- end -}}
{{- if and $database.host (not $database.existingSecret) -}}
{{- $wrong = append $wrong (printf "services.%s.database.host needs services.%s.database.existingSecret with the password" $service $service) -}}
{{- end -}}
{{- if and $database.existingSecret (not (or $database.host $database.secretKeys.host $database.secretKeys.uri)) -}}
{{- $wrong = append $wrong (printf "services.%s.database.existingSecret needs a host, or secretKeys.host or secretKeys.uri" $service) -}}
{{- end -}}
{{- if and $database.owner.existingSecret (not $database.existingSecret) -}}
{{- $wrong = append $wrong (printf "services.%s.database.owner.existingSecret needs services.%s.database.existingSecret: the bundled database makes its roles itself" $service $service) -}}
{{- end -}}
{{- if and $database.owner.existingSecret $database.secretKeys.uri (not $database.owner.secretKeys.uri) -}}
{{- $wrong = append $wrong (printf "services.%s.database.secretKeys.uri needs services.%s.database.owner.secretKeys.uri: nothing else says where the owner finds the database" $service $service) -}}
{{- end -}}
{{- if and $database.direct.host (or (not $database.existingSecret) $database.secretKeys.uri) -}}
{{- $wrong = append $wrong (printf "services.%s.database.direct is for an outside database that is named in parts: host and existingSecret, no secretKeys.uri" $service) -}}
{{- end -}}
{{- if eq $database.owner.user $database.user -}}
{{- $wrong = append $wrong (printf "services.%s.database.owner.user must be another role than services.%s.database.user" $service $service) -}}
{{- end -}}
{{- if and $.Values.postgresql.enabled (not $database.existingSecret) -}}
{{- $most := include "library.mostConnections" (dict "root" $ "own" $own) | int -}}
{{- if gt $most (int $.Values.postgresql.maxConnections) -}}
{{- $wrong = append $wrong (printf "postgresql.maxConnections is %d, but the pods of %s may open %d connections during a rollout: raise it, or lower services.%s.database.poolSize" (int $.Values.postgresql.maxConnections) $service $most $service) -}}
{{- end -}}
{{- end -}}
{{- range $path, $part := dict "autoscaling" $own.autoscaling "relay.autoscaling" $own.relay.autoscaling -}}
{{- if gt (int $part.minReplicas) (int $part.maxReplicas) -}}
{{- $wrong = append $wrong (printf "services.%s.%s.minReplicas is %d, more than its maxReplicas, %d" $service $path (int $part.minReplicas) (int $part.maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- if le (int $own.terminationGracePeriodSeconds) (add (int $own.preStopSleepSeconds) (int $own.gracefulTimeoutSeconds)) -}}
{{- $wrong = append $wrong (printf "services.%s: terminationGracePeriodSeconds must be more than preStopSleepSeconds and gracefulTimeoutSeconds together" $service) -}}
{{- end -}}
{{- end -}}
{{- range $service, $names := dict "books" (list "AUTH_JWKS_URL") "members" (list "MEMBERS_BOOKS_URL") "loans" (list "AUTH_JWKS_URL" "LOANS_MEMBERS_URL" "LOANS_BOOKS_URL") -}}
{{- $own := include "library.service" (dict "root" $ "service" $service) | fromYaml -}}
{{- range $name := $names -}}
{{- $neighbour := ternary "books" "members" (hasSuffix "_BOOKS_URL" $name) -}}
{{- if and $own.enabled (not (index $.Values.services $neighbour).enabled) (not (hasKey $own.config $name)) -}}
{{- $wrong = append $wrong (printf "services.%s.enabled is false: services.%s.config needs %s" $neighbour $service $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $broker := .Values.externalRabbitmq -}}
{{- if not .Values.rabbitmq.enabled -}}
{{- range $service, $_ := include "library.services" . | fromYaml -}}
{{- $whole := include "library.service" (dict "root" $ "service" $service) | fromYaml -}}
{{- $relays := or $.Values.autoscaling.enabled (gt (int $whole.relay.replicas) 0) -}}
{{- $own := $whole.broker -}}
{{- if and $relays (not (or $own.existingSecret $broker.existingSecret)) -}}
{{- $wrong = append $wrong (printf "rabbitmq.enabled is false: externalRabbitmq needs existingSecret, or services.%s.broker has one" $service) -}}
{{- end -}}
{{- $whole := ternary $own.secretKeys.uri $broker.secretKeys.uri (ne $own.existingSecret "") -}}
{{- $hosts := and $broker.existingSecret $broker.secretKeys.host -}}
{{- if not (or $whole $broker.host $hosts) -}}
{{- $wrong = append $wrong (printf "rabbitmq.enabled is false: externalRabbitmq needs a host for %s, unless a Secret names it" $service) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $tls := .Values.tls -}}
{{- if and $tls.internal.enabled $tls.internal.existingSecrets -}}
{{- range $component, $_ := include "library.called" . | fromYaml -}}
{{- if not (get $tls.internal.existingSecrets $component) -}}
{{- $wrong = append $wrong (printf "tls.internal.existingSecrets needs %s, too" $component) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $tls.internal.enabled (not .Values.secrets.generate) (not $tls.internal.existingSecrets) -}}
{{- $wrong = append $wrong "secrets.generate is false: tls.internal.existingSecrets must name the certificates" -}}
{{- end -}}
{{- if eq (int .Values.metrics.port) 8000 -}}
{{- $wrong = append $wrong "metrics.port must be another than 8000, which answers requests" -}}
{{- end -}}
{{- if and .Values.sip2.enabled (eq (int .Values.metrics.port) 6001) -}}
{{- $wrong = append $wrong "metrics.port must be another than 6001, which answers machines" -}}
{{- end -}}
{{- $route := .Values.httpRoute -}}
{{- if and $route.enabled (not $route.parentRefs) -}}
{{- $wrong = append $wrong "httpRoute.enabled needs httpRoute.parentRefs: a route without a Gateway leads nowhere" -}}
{{- end -}}
{{- $prefixes := dict -}}
{{- range $service, $_ := include "library.services" . | fromYaml -}}
{{- $prefix := (index $.Values.services $service).pathPrefix -}}
{{- if hasKey $prefixes $prefix -}}
{{- $wrong = append $wrong (printf "services.%s.pathPrefix and services.%s.pathPrefix are both %s" (get $prefixes $prefix) $service $prefix) -}}
{{- end -}}
{{- $_ := set $prefixes $prefix $service -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.networkPolicy.enabled (not .Values.networkPolicy.monitoringFrom) -}}
{{- $wrong = append $wrong "metrics.serviceMonitor.enabled needs networkPolicy.monitoringFrom: the chart's own policies let nobody read metrics" -}}
{{- end -}}
{{- if and .Values.sip2.enabled (not (include "library.sip2" .)) -}}
{{- $wrong = append $wrong "sip2.enabled needs all three services here" -}}
{{- end -}}
{{- if and .Values.sip2.enabled (not .Values.sip2.accounts.existingSecret) -}}
{{- $wrong = append $wrong "sip2.enabled needs sip2.accounts.existingSecret, a Secret with the accounts of the machines" -}}
{{- end -}}
{{- $backup := .Values.backup -}}
{{- if and $backup.enabled (not .Values.postgresql.enabled) -}}
{{- $wrong = append $wrong "backup.enabled is for the bundled databases, and postgresql.enabled is false: whoever runs the outside ones backs them up" -}}
{{- end -}}
{{- if and $backup.remote.path (not $backup.remote.configSecret) -}}
{{- $wrong = append $wrong "backup.remote.path needs backup.remote.configSecret, a Secret with rclone.conf" -}}
{{- end -}}
{{- if and $route.enabled (not $route.hostnames) (not .Values.library.publicUrl) (not .Values.library.allowedHosts) -}}
{{- $wrong = append $wrong "httpRoute.enabled needs httpRoute.hostnames, library.publicUrl or library.allowedHosts: other hosts than these are refused" -}}
{{- end -}}
{{- if and (not .Values.secrets.generate) (not .Values.secrets.existingSecret) -}}
{{- $wrong = append $wrong "secrets.generate is false: secrets.existingSecret must name a Secret; its keys are in the README" -}}
{{- end -}}
{{- if $wrong -}}
{{- fail (printf "\n- %s\n" (join "\n- " $wrong)) -}}
{{- end -}}
{{- end -}}

{{- /* How many connections all pods of a service open at most, one of each kind beyond their number as in a rollout. The probes
of a relay ask on two of their own; three are the administrator's. dict "root" $ "own" (effective values) */ -}}
{{- define "library.mostConnections" -}}
{{- $pool := int .own.database.poolSize -}}
{{- $scaled := .root.Values.autoscaling.enabled -}}
{{- $apis := ternary .own.autoscaling.maxReplicas .own.replicas $scaled | int -}}
{{- $relays := ternary .own.relay.autoscaling.maxReplicas .own.relay.replicas $scaled | int -}}
{{- add (mul (add1 $apis) $pool) (mul (add1 $relays) (add $pool 2)) 3 -}}
{{- end -}}
