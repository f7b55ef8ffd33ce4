import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '#platform/logger.ts';
import { ApiProblem, PROBLEMS, problemBody } from './errors.ts';
import type { App } from './routes/route-kit.ts';

/** What is not ready is being read: most is there within seconds. */
const NOT_READY_S = 5;

function send(request: FastifyRequest, reply: FastifyReply, problem: ApiProblem): FastifyReply {
  if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer');
  if (problem.code === 'not_ready') reply.header('retry-after', NOT_READY_S);
  return reply
    .code(PROBLEMS[problem.code].status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problemBody(problem, request.id, request.headers['accept-language']));
}

/** What Fastify refuses before it looks for a route, such as a URL that cannot be decoded. */
export function sendFrameworkError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  send(request, reply, new ApiProblem('bad_request', error.message));
}

/** Every error leaves as problem details; what was not foreseen is logged and told without its text. */
export function handleErrors(app: App, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof ApiProblem) return send(request, reply, error);
    const status = error !== null && typeof error === 'object' && 'statusCode' in error ? error.statusCode : 500;
    if (typeof status === 'number' && status >= 400 && status < 500) {
      const text = error instanceof Error ? error.message : 'the request was refused';
      return send(request, reply, new ApiProblem('bad_request', text));
    }
    logger.error({ requestId: request.id, route: request.routeOptions.url ?? 'none', err: error }, 'a request failed');
    return send(request, reply, new ApiProblem('internal', 'the server failed to answer'));
  });

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0];
    return send(request, reply, new ApiProblem('not_found', `there is no ${request.method} ${path}; see /docs`));
  });
}
