using System.Diagnostics;

namespace PolicyGateway.LoadTests.Servers;

/// <summary>nginx as a plain proxy: a yardstick outside .NET. Measured where it is installed.</summary>
internal static class NginxProcess
{
    public const string HowToInstall = "nginx is not installed, so it is left out; on Debian and Ubuntu: apt-get install nginx-light";

    private static readonly string[] Places = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"];

    public static bool IsInstalled => Places.Any(File.Exists);

    public static Task<ServerProcess> StartAsync(int backend, string folder, CancellationToken cancellationToken)
    {
        var port = ServerProcess.FreePort();
        var file = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(file, Configuration(port, backend, folder));
        var start = new ProcessStartInfo(Places.First(File.Exists), ["-p", folder, "-c", file, "-e", "stderr"]);
        return ServerProcess.StartAsync("nginx", port, new Uri($"http://127.0.0.1:{port}/"), start, cancellationToken);
    }

    private static string Configuration(int port, int backend, string folder) => $$"""
        daemon off;
        worker_processes {{Environment.ProcessorCount}};
        pid {{folder}}/nginx.pid;
        events { worker_connections 4096; }
        http {
          access_log off;
          client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/fastcgi;
          uwsgi_temp_path {{folder}}/uwsgi; scgi_temp_path {{folder}}/scgi;
          keepalive_requests 1000000000;
          upstream backend { server 127.0.0.1:{{backend}}; keepalive 256; keepalive_requests 1000000000; }
          server {
            listen 127.0.0.1:{{port}};
            location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
          }
        }
        """;
}
