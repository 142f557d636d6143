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
  "FORWARDED_ALLOW_IPS" $root.Values.library.forwardedAllowIps
-}}
{{- if eq .service "members" -}}
{{- range $neighbour := list "books" "loans" -}}{{- /* to whose pages people come back when they have signed in */ -}}
{{- $at := include "library.service" (dict "root" $root "service" $neighbour) | fromYaml -}}
{{- $_ := set $config (printf "%s_ROOT_PATH" (upper $neighbour)) $at.pathPrefix -}}
{{- end -}}
{{- end -}}
{{- range $neighbour := list "books" "members" -}}
{{- $at := include "library.service" (dict "root" $root "service" $neighbour) | fromYaml -}}
{{- $url := printf "http://%s:%d" (include "library.name" (dict "root" $root "component" $neighbour)) (int $at.service.port) -}}
{{- if eq $.service "loans" -}}
{{- $_ := set $config (printf "LOANS_%s_URL" (upper $neighbour)) $url -}}
{{- end -}}
{{- if eq $neighbour "members" -}}
{{- $_ := set $config "AUTH_JWKS_URL" (printf "%s/.well-known/jwks.json" $url) -}}
{{- end -}}
{{- end -}}
{{- if eq .service "members" -}}
{{- $_ := set $config "MEMBERS_SIGNING_KEYS_FILE" "/var/run/library/signing-keys" -}}
{{- $_ := set $config "MEMBERS_DATA_KEYS_FILE" "/var/run/library/data-keys.txt" -}}
{{- end -}}
{{- with $root.Values.library.otlpEndpoint -}}
{{- $_ := set $config "OTEL_EXPORTER_OTLP_ENDPOINT" . -}}
{{- end -}}
{{- include "library.databaseConfig" (dict "into" $config "in" .) -}}
{{- include "library.brokerConfig" (dict "into" $config "root" $root) -}}
{{- range $name, $value := .own.config -}}
{{- $_ := set $config $name (toString $value) -}}
{{- end -}}
{{- range $name, $value := $config }}
{{ $name }}: {{ $value | quote }}
{{- end -}}
{{- end -}}

{{- define "library.databaseConfig" -}}
{{- $own := .in.own.database -}}
{{- $prefix := printf "%s_DATABASE" (upper .in.service) -}}
{{- $outside := or $own.host $own.existingSecret -}}
{{- $bundled := include "library.name" (dict "root" .in.root "component" (printf "%s-db" .in.service)) -}}
{{- if not (and $own.existingSecret $own.secretKeys.uri) -}}
{{- $parts := dict "HOST" ($own.host | default $bundled) "PORT" (toString (ternary $own.port 5432 (not (empty $outside)))) "NAME" $own.name "USER" $own.user -}}
{{- $_ := set $parts "SSLMODE" ($own.sslmode | default (ternary "require" "disable" (not (empty $outside)))) -}}
{{- range $part, $value := $parts -}}
{{- $_ := set $.into (printf "%s_%s" $prefix $part) $value -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "library.brokerConfig" -}}
{{- $external := .root.Values.externalRabbitmq -}}
{{- if .root.Values.rabbitmq.enabled -}}
{{- $_ := set .into "RABBITMQ_HOST" (include "library.name" (dict "root" .root "component" "rabbitmq")) -}}
{{- $_ := set .into "RABBITMQ_USER" .root.Values.rabbitmq.username -}}
{{- else if not $external.secretKeys.uri -}}
{{- $_ := set .into "RABBITMQ_HOST" $external.host -}}
{{- $_ := set .into "RABBITMQ_PORT" (toString $external.port) -}}
{{- $_ := set .into "RABBITMQ_VHOST" $external.vhost -}}
{{- $_ := set .into "RABBITMQ_TLS" (ternary "on" "off" $external.tls) -}}
{{- $_ := set .into "RABBITMQ_USER" $external.username -}}
{{- end -}}
{{- end -}}
