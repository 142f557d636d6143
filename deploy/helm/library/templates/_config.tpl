{{- /* The environment of a service that is no secret: dict "root" $ "service" "books" "own" (effective values). */ -}}
{{- define "library.config" -}}
{{- $root := .root -}}
{{- $prefix := upper .service -}}
{{- $config := dict
  (printf "%s_ROOT_PATH" $prefix) .own.pathPrefix
  (printf "%s_DATABASE_POOL_SIZE" $prefix) (toString .own.database.poolSize)
  "AUTH_PUBLIC_URL" (include "library.publicUrl" $root)
  "AUTH_PASSWORD_GRANT" $root.Values.library.passwordGrant
  "CORS_ALLOW_ORIGINS" (include "library.corsOrigins" $root)
  "LIBRARY_TIMEZONE" $root.Values.library.timezone
  "LIBRARY_CURRENCY" $root.Values.library.currency
  "LOG_LEVEL" $root.Values.library.logLevel
  "LOG_FORMAT" "json"
  "TRUSTED_PROXIES" (include "library.trustedProxies" $root)
  (printf "%s_ALLOWED_HOSTS" $prefix) (include "library.allowedHosts" .)
  (printf "%s_IMPORTS_IN" $prefix) (ternary "relay" "serve" (or $root.Values.autoscaling.enabled (gt (int .own.relay.replicas) 0)))
  (printf "%s_METRICS_PORT" $prefix) (toString $root.Values.metrics.port)
-}}
{{- if eq .service "members" -}}
{{- range $neighbour := list "books" "loans" -}}{{- /* to whose pages people come back when they have signed in */ -}}
{{- $at := include "library.service" (dict "root" $root "service" $neighbour) | fromYaml -}}
{{- $_ := set $config (printf "%s_ROOT_PATH" (upper $neighbour)) $at.pathPrefix -}}
{{- end -}}
{{- end -}}
{{- range $neighbour := list "books" "members" -}}
{{- $at := include "library.service" (dict "root" $root "service" $neighbour) | fromYaml -}}
{{- $name := include "library.name" (dict "root" $root "component" $neighbour) -}}
{{- $url := printf "%s://%s:%d" (include "library.scheme" $root) $name (int $at.service.port) -}}
{{- if or (eq $.service "loans") (and (eq $.service "members") (eq $neighbour "books")) -}}
{{- $_ := set $config (printf "%s_%s_URL" $prefix (upper $neighbour)) $url -}}
{{- end -}}
{{- if and (eq $neighbour "members") (ne $.service "members") -}}{{- /* members has the keys itself */ -}}
{{- $_ := set $config "AUTH_JWKS_URL" (printf "%s/.well-known/jwks.json" $url) -}}
{{- end -}}
{{- end -}}
{{- if eq .service "members" -}}
{{- $_ := set $config "MEMBERS_NOTICES" $root.Values.notices.mode -}}
{{- with $root.Values.notices.mail -}}
{{- if .server -}}
{{- $_ := set $config "MEMBERS_MAIL_FROM" .from -}}
{{- end -}}
{{- end -}}
{{- $_ := set $config "MEMBERS_PAGE_ORIGINS" (include "library.pageOrigins" $root) -}}
{{- $_ := set $config "MEMBERS_AUDIT_KEPT_DAYS" (toString $root.Values.library.auditKeptDays) -}}
{{- end -}}
{{- with $root.Values.library.otlpEndpoint -}}
{{- $_ := set $config "OTEL_EXPORTER_OTLP_ENDPOINT" . -}}
{{- end -}}
{{- include "library.databaseConfig" (dict "into" $config "in" .) -}}
{{- include "library.brokerConfig" (dict "into" $config "in" .) -}}
{{- range $name, $value := .own.config -}}
{{- $_ := set $config $name (toString $value) -}}
{{- end -}}
{{- range $name, $value := $config }}
{{ $name }}: {{ $value | quote }}
{{- end -}}
{{- end -}}

{{- /* What a Secret names is left out here: see library.secrets. */ -}}
{{- define "library.databaseConfig" -}}
{{- $own := .in.own.database -}}
{{- $prefix := printf "%s_DATABASE" (upper .in.service) -}}
{{- $outside := ne $own.existingSecret "" -}}
{{- $bundled := include "library.name" (dict "root" .in.root "component" (printf "%s-db" .in.service)) -}}
{{- $_ := set .into (printf "%s_SSLMODE" $prefix) (include "library.sslmode" .in) -}}{{- /* also for an address that names none */ -}}
{{- if not (and $outside $own.secretKeys.uri) -}}
{{- $parts := dict "HOST" ($own.host | default $bundled) "PORT" (toString (ternary $own.port 5432 $outside)) "NAME" $own.name "USER" $own.user -}}
{{- $named := ternary $own.secretKeys dict $outside -}}
{{- range $part, $key := dict "HOST" "host" "PORT" "port" "NAME" "dbname" "USER" "username" -}}
{{- if not (get $named $key) -}}
{{- $_ := set $.into (printf "%s_%s" $prefix $part) (index $parts $part) -}}
{{- end -}}
{{- end -}}
{{- with $own.direct.host -}}
{{- $_ := set $.into (printf "%s_DIRECT_HOST" $prefix) . -}}
{{- $_ := set $.into (printf "%s_DIRECT_PORT" $prefix) (toString $own.direct.port) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "library.sslmode" -}}
{{- $tls := .root.Values.tls -}}
{{- if .own.database.sslmode -}}
{{- .own.database.sslmode -}}
{{- else if .own.database.existingSecret -}}
{{- ternary "verify-full" "require" (ne $tls.authority.existingSecret "") -}}
{{- else -}}
{{- ternary "verify-full" "disable" $tls.internal.enabled -}}
{{- end -}}
{{- end -}}

{{- define "library.brokerConfig" -}}
{{- $root := .in.root -}}
{{- $external := include "library.externalRabbitmq" $root | fromYaml -}}
{{- if $root.Values.rabbitmq.enabled -}}
{{- $_ := set .into "RABBITMQ_HOST" (include "library.name" (dict "root" $root "component" "rabbitmq")) -}}
{{- $_ := set .into "RABBITMQ_USER" .in.service -}}
{{- if $root.Values.tls.internal.enabled -}}
{{- $_ := set .into "RABBITMQ_TLS" "on" -}}
{{- end -}}
{{- else -}}
{{- $login := include "library.brokerLogin" .in | fromYaml -}}
{{- if not $login.keys.uri -}}
{{- $parts := dict "HOST" $external.host "PORT" (toString $external.port) -}}
{{- range $part, $key := dict "HOST" "host" "PORT" "port" -}}
{{- if not (and $external.existingSecret (get $external.secretKeys $key)) -}}
{{- $_ := set $.into (printf "RABBITMQ_%s" $part) (index $parts $part) -}}
{{- end -}}
{{- end -}}
{{- $_ := set .into "RABBITMQ_VHOST" $external.vhost -}}
{{- $_ := set .into "RABBITMQ_TLS" (ternary "on" "off" $external.tls) -}}
{{- if not $login.keys.username -}}
{{- $_ := set .into "RABBITMQ_USER" $login.username -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* As whom a service signs in to an outside broker: by its own Secret, or by the one that all share. */ -}}
{{- define "library.brokerLogin" -}}
{{- $external := include "library.externalRabbitmq" .root | fromYaml -}}
{{- $own := .own.broker -}}
{{- if $own.existingSecret -}}
{{- dict "secret" $own.existingSecret "keys" $own.secretKeys "username" ($own.username | default .service) | toYaml -}}
{{- else -}}
{{- dict "secret" $external.existingSecret "keys" $external.secretKeys "username" $external.username | toYaml -}}
{{- end -}}
{{- end -}}
