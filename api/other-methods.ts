import { ApiProblem } from './errors.ts';
import type { App } from './routes/route-kit.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * Watches the routes that are added from now on; the function it returns makes their paths answer 405 with Allow to
 * every other method.
 */
export function refuseOtherMethods(app: App): () => void {
  const paths = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ routePath, method }) => {
    const known = paths.get(routePath) ?? new Set();
    for (const each of [method].flat()) known.add(each);
    paths.set(routePath, known);
  });
  return () => {
    for (const [path, known] of [...paths]) {
      const allowed = METHODS.filter((method) => known.has(method) || (method === 'HEAD' && known.has('GET')));
      const refuse = (): never => {
        throw new ApiProblem('method_not_allowed', `this path answers ${allowed.join(', ')}`);
      };
      app.route({
        method: METHODS.filter((method) => !allowed.includes(method)),
        url: path,
        schema: { hide: true },
        onRequest: async (_request, reply) => {
          reply.header('allow', allowed.join(', '));
          refuse();
        },
        handler: refuse,
      });
    }
  };
}
