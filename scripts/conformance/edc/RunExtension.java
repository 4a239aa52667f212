import java.security.Key;
import java.security.KeyPairGenerator;
import java.util.Base64;
import org.eclipse.edc.connector.dataplane.spi.Endpoint;
import org.eclipse.edc.connector.dataplane.spi.iam.PublicEndpointGeneratorService;
import org.eclipse.edc.runtime.metamodel.annotation.Inject;
import org.eclipse.edc.spi.security.Vault;
import org.eclipse.edc.spi.system.ServiceExtension;
import org.eclipse.edc.spi.system.ServiceExtensionContext;

/** What whoever runs this connector for pulls has to add: where they go, and the keys that sign their tokens. */
public class RunExtension implements ServiceExtension {
    @Inject
    private PublicEndpointGeneratorService endpoints;
    @Inject
    private Vault vault;

    @Override
    public void initialize(ServiceExtensionContext context) {
        var url = context.getSetting("run.public.endpoint", null);
        endpoints.addGeneratorFunction("HttpData", address -> Endpoint.url(url));
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            var pair = generator.generateKeyPair();
            vault.storeSecret("private-key", pem("PRIVATE KEY", pair.getPrivate()));
            vault.storeSecret("public-key", pem("PUBLIC KEY", pair.getPublic()));
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String label, Key key) {
        var body = Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(key.getEncoded());
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }
}
